"""HTTP/1.1 requests as bytes, legal and illegal, and how a server answers them (RFC 9112)."""

import dataclasses

from raw_tls import RawTls


def lines(*given, body=b""):
    """Lines that each end with CR LF, an empty one, and then the body; as bytes, or as text of one byte a letter."""
    return b"".join(_bytes(line) + b"\r\n" for line in given) + b"\r\n" + _bytes(body)


def get(*fields, target="/", host="localhost"):
    return lines(f"GET {target} HTTP/1.1", f"Host: {host}", *fields)


def post(*fields, body=b"", target="/"):
    return lines(f"POST {target} HTTP/1.1", "Host: localhost", *fields, body=body)


def chunked(body, *fields):
    """A POST whose body, given as it goes over the wire, is chunked."""
    return post("Transfer-Encoding: chunked", *fields, body=body)


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


@dataclasses.dataclass
class Response:
    status: int
    fields: dict
    body: bytes


def read_responses(raw, methods=()):
    """All responses in `raw`, which answer requests with these methods (or GET), and what is left."""
    found = []
    while True:
        head, separator, rest = raw.partition(b"\r\n\r\n")
        if not separator:
            return found, raw
        start, *field_lines = head.split(b"\r\n")
        status = int(start.split(b" ")[1])
        pairs = (line.partition(b":") for line in field_lines)
        fields = {name.lower().decode(): value.strip().decode("latin-1") for name, _, value in pairs}
        method = methods[len(found)] if len(found) < len(methods) else "GET"
        if method == "HEAD" or status < 200 or status in (204, 304):
            body = b"", rest
        elif "transfer-encoding" in fields:
            body = _read_chunks(rest)
        else:
            length = int(fields.get("content-length", "0"))
            body = (rest[:length], rest[length:]) if len(rest) >= length else None
        if body is None:
            return found, raw
        if status >= 200:
            found.append(Response(status, fields, body[0]))
        raw = body[1]


def _read_chunks(rest):
    content = b""
    while True:
        line, separator, rest = rest.partition(b"\r\n")
        if not separator:
            return None
        size = int(line, 16)
        if len(rest) < size + 2:
            return None
        content, rest = content + rest[:size], rest[size + 2 :]
        if size == 0:
            return content, rest


@dataclasses.dataclass
class Talk:
    """What came back on a connection."""

    responses: list
    rest: bytes  # that is no whole response
    end: str | None  # as of RawTls
    address: str

    @property
    def statuses(self):
        return [response.status for response in self.responses]


def talk(port, raw, *, timeout, methods=()):
    """Sends this on a connection of its own, and waits until the server ends that."""
    with RawTls(port, "http/1.1") as client:
        client.send(raw)
        client.wait_for_end(timeout=timeout)
        return Talk(*read_responses(bytes(client.received), methods), client.end, client.address)
