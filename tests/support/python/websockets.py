"""A WebSocket client (RFC 6455) over http/1.1, and over h2 (RFC 8441)."""

import base64
import hashlib
import os
import struct

from http_streams import H2Connection, Http1Stream

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    """No WebSocket; `status` is that of the answer."""

    def __init__(self, status):
        super().__init__(f"status {status}")
        self.status = status


class WebSocket:
    """An open WebSocket. `fields` are those of the answer that opened it."""

    def __init__(self, protocol, port, host, path, *, subprotocols=(), connection=None):
        offer = [("sec-websocket-version", "13")]
        if subprotocols:
            offer.append(("sec-websocket-protocol", ", ".join(subprotocols)))
        self.stream, self.fields = (
            _open_h2(connection or H2Connection(port, host), path, offer)
            if protocol == "h2"
            else _open_http1(port, host, path, offer)
        )

    def send(self, kind, payload, *, last=True):
        """One frame, masked (RFC 6455 §5.3). A frame that continues another has the kind 0."""
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            length = struct.pack("!B", 0x80 | size)
        elif size < 65536:
            length = struct.pack("!BH", 0xFE, size)
        else:
            length = struct.pack("!BQ", 0xFF, size)
        masked = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        self.stream.send(bytes([(0x80 if last else 0) | kind]) + length + mask + masked.to_bytes(size, "big"))

    def read(self):
        """The next frame: kind and payload."""
        first, length = self.stream.receive(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.stream.receive(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.stream.receive(8))
        return first & 0x0F, self.stream.receive(length)

    def close(self):
        self.stream.close()


def _open_http1(port, host, path, offer):
    key = base64.b64encode(os.urandom(16)).decode()
    fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key), *offer]
    stream = Http1Stream(port, host, "GET", path, fields, body=False)
    status, answer = stream.head()
    if status != 101:
        stream.close()
        raise Refused(status)
    # RFC 6455 §4.2.2
    wanted = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    if answer["sec-websocket-accept"] != base64.b64encode(wanted).decode():
        raise AssertionError(f"wrong Sec-WebSocket-Accept: {answer}")
    if answer["upgrade"].lower() != "websocket" or "upgrade" not in answer["connection"].lower():
        raise AssertionError(f"no upgrade: {answer}")
    return stream, answer


def _open_h2(connection, path, offer):
    if not connection.allows_extended_connect:
        raise AssertionError("no SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3)")
    stream = connection.open("CONNECT", path, offer, protocol="websocket")
    status, answer = stream.head()
    if status != 200:
        connection.close()
        raise Refused(status)
    return stream, answer
