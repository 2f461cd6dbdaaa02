"""An HTTP/1.1 server that keeps the bytes it gets, and reads them with no leniency at all.

What a proxy sends must mean the same to every reader, so whatever two readers could take for different things is an
offence here: RFC 9112 without what it lets a lenient reader do.
"""

import dataclasses
import re
import socket
import threading

from processes import PATIENCE

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21\x22\x24-\x7e]+) HTTP/1\.1")
_VISIBLE = rb"[\x21-\x7e\x80-\xff]"
_FIELD = re.compile(
    rb"(" + _TOKEN + rb"):[ \t]?((?:" + _VISIBLE + rb"(?:[\t \x21-\x7e\x80-\xff]*" + _VISIBLE + rb")?)?)"
)
_AUTHORITY = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~%!$&'()*+,;=]+)(?::[0-9]*)?")
_ONCE = (b"host", b"content-length", b"transfer-encoding", b"content-type", b"cookie", b"te", b"upgrade")


class Offence(Exception):
    """The bytes are not what every server reads alike."""


@dataclasses.dataclass
class Message:
    """A whole request."""

    method: bytes
    target: bytes
    fields: list  # (name in lower case, value), in the order sent
    body: bytes
    trailers: list

    def values(self, name):
        return [value for found, value in self.fields if found == name]


def read_message(raw):
    """The first request in `raw` and how many bytes it takes; None where it is not whole yet."""
    # Offences are told of before the header is whole, for it may never be.
    head, separator, rest = bytes(raw).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n") if separator else head.split(b"\r\n")[:-1]
    if not lines:
        return None
    start = _REQUEST_LINE.fullmatch(lines[0])
    if not start:
        raise Offence(f"request line {lines[0]!r}")
    method, target = start.groups()
    if not (target.startswith(b"/") or (method, target) == (b"OPTIONS", b"*")):
        raise Offence(f"target {target!r}")
    fields = _read_fields(lines[1:])
    if not separator:
        return None
    _check_fields(fields)
    body = _read_body(dict(fields), rest)
    if body is None:
        return None
    content, trailers, size = body
    return Message(method, target, fields, content, trailers), len(head) + 4 + size


def _read_fields(lines):
    fields = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if not field:
            raise Offence(f"field line {line!r}")
        fields.append((field[1].lower(), field[2]))
    return fields


def _check_fields(fields):
    names = [name for name, _ in fields]
    for name in _ONCE:
        if names.count(name) > 1:
            raise Offence(f"{name.decode()} {names.count(name)} times")
    values = dict(fields)
    if not _AUTHORITY.fullmatch(values.get(b"host", b"")):
        raise Offence(f"Host {values.get(b'host')!r}")
    if b"content-length" in values and b"transfer-encoding" in values:
        raise Offence("Content-Length and Transfer-Encoding")
    if not re.fullmatch(rb"[0-9]{1,18}", values.get(b"content-length", b"0")):
        raise Offence(f"Content-Length {values[b'content-length']!r}")
    if values.get(b"transfer-encoding", b"chunked") != b"chunked":
        raise Offence(f"Transfer-Encoding {values[b'transfer-encoding']!r}")


def _read_body(values, rest):
    """(content, trailers, size on the wire), or None where it is not whole."""
    if b"transfer-encoding" not in values:
        length = int(values.get(b"content-length", b"0"))
        return (rest[:length], [], length) if len(rest) >= length else None
    content, at = b"", 0
    while True:
        end = rest.find(b"\r\n", at)
        if end < 0:
            return None
        line = rest[at:end]
        # Extensions are for one hop (RFC 9112 §7.1.1), so none belongs here.
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", line):
            raise Offence(f"chunk size {line!r}")
        size = int(line, 16)
        at = end + 2
        if size == 0:
            break
        if len(rest) < at + size + 2:
            return None
        if rest[at + size : at + size + 2] != b"\r\n":
            raise Offence("a chunk without its end")
        content += rest[at : at + size]
        at += size + 2
    if rest[at : at + 2] == b"\r\n":
        return content, [], at + 2
    end = rest.find(b"\r\n\r\n", at)
    if end < 0:
        return None
    trailers = _read_fields(rest[at:end].split(b"\r\n"))
    forbidden = {name for name, _ in trailers} & {*_ONCE, b"connection", b"trailer", b"authorization", b"cookie"}
    if forbidden:
        raise Offence(f"trailers {forbidden}")
    return content, trailers, end + 4


class Recorder:
    """Answers each request with 200 and its method and target, filled up to what the query `size=` asks for.

    A request with the query `hold` has its content left in the socket, and no answer.
    """

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._requests = []
        self._offences = []
        self._raw = []  # of each connection
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self):
        """The requests and the offences since the last call."""
        with self._changed:
            taken = self._requests, self._offences
            self._requests, self._offences = [], []
            return taken

    def wait_for_requests(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._requests) >= count, PATIENCE):
                raise AssertionError(f"{len(self._requests)} requests, not {count}; {self._offences}")

    def raw(self):
        """All that ever came, by connection."""
        with self._changed:
            return [bytes(connection) for connection in self._raw]

    def close(self):
        self._closed.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        raw, done = bytearray(), 0
        with self._changed:
            self._raw.append(raw)
        with peer:
            try:
                while data := peer.recv(65536):
                    with self._changed:
                        raw += data
                    if b"?hold " in raw:
                        self._closed.wait()
                    while done < len(raw):
                        found = read_message(raw[done:])
                        if not found:
                            break
                        message, size = found
                        done += size
                        with self._changed:
                            self._requests.append(message)
                            self._changed.notify_all()
                        peer.sendall(_answer(message))
            except Offence as offence:
                with self._changed:
                    self._offences.append(f"{offence} in {bytes(raw)!r}")
            except OSError:
                pass


def _answer(message):
    body = message.method + b" " + message.target + b"\n"
    if wanted := re.search(rb"[?&]size=([0-9]+)", message.target):
        body = body.ljust(int(wanted[1]), b".")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head if message.method == b"HEAD" else head + body
