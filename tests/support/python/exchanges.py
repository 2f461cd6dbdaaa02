"""One HTTP exchange through curl, whole: interim answers, fields, body and trailers."""

import dataclasses
import re
import tempfile
from pathlib import Path

from processes import run

# curl's option and what the gateway's log calls the protocol.
PROTOCOLS = (("--http2", "h2"), ("--http1.1", "http/1.1"))


@dataclasses.dataclass
class Answer:
    """What curl got. Names of fields are in lower case; a field that came twice is there twice."""

    status: int | None = None
    version: str | None = None  # "2", "1.1", "1.0"
    fields: list = dataclasses.field(default_factory=list)
    interim: list = dataclasses.field(default_factory=list)  # (status, fields) of each answer of the 1xx kind
    trailers: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    exit_status: int = 0  # curl's: 18, 56 and 92 say that the answer broke off
    connections: int = 0  # that curl made
    errors: str = ""

    def values(self, name):
        return [value for each, value in self.fields if each == name]

    def __getitem__(self, name):
        """The value of a field that is there once; None where it is absent."""
        values = self.values(name)
        if len(values) > 1:
            raise AssertionError(f"{name} came {len(values)} times: {self.fields}")
        return values[0] if values else None


def command(url, *arguments, host="localhost", port=0):
    """A curl command for tests; it trusts every certificate and finds every name at 127.0.0.1."""
    base = ["curl", "--silent", "--show-error", "--insecure", "--noproxy", "*", "--max-time", "60"]
    return [*base, "--resolve", f"{host}:{port}:127.0.0.1", *arguments, url]


def fetch(port, path, *arguments, host="localhost", stdin="", scheme="https"):
    """Asks for a path and returns the Answer."""
    with tempfile.TemporaryDirectory(prefix="simplon-curl-") as folder:
        head, body = Path(folder) / "head", Path(folder) / "body"
        options = ["--dump-header", head, "--output", body, "--write-out", "%{num_connects}", *arguments]
        done = run(command(f"{scheme}://{host}:{port}{path}", *options, host=host, port=port), stdin=stdin, timeout=90)
        answer = _read_head(head.read_bytes().decode("latin-1") if head.exists() else "")
        answer.body = body.read_bytes() if body.exists() else b""
    answer.exit_status, answer.errors = done.returncode, done.stderr
    answer.connections = int(done.stdout or 0)
    return answer


def _read_head(text):
    answer = Answer()
    for block in filter(None, re.split(r"\r?\n\r?\n", text)):
        first, *lines = block.splitlines()
        start = re.match(r"HTTP/(\S+) (\d{3})", first)
        if not start:
            answer.trailers += _fields([first, *lines])
            continue
        status = int(start[2])
        if 100 <= status < 200 and status != 101:
            answer.interim.append((status, _fields(lines)))
        else:
            answer.version, answer.status, answer.fields = start[1], status, _fields(lines)
    return answer


def _fields(lines):
    pairs = (line.split(":", 1) for line in lines)
    return [(name.lower(), value.strip()) for name, value in pairs]


def pattern(size):
    """The bytes that the application's /bytes sends."""
    prime = bytes((i * 31 + (i >> 8) * 7) & 0xFF for i in range(65521))
    return (prime * (size // len(prime) + 1))[:size]
