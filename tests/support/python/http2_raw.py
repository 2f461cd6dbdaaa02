"""HTTP/2 frames as bytes, legal and illegal, and a client that notes how a server answers them (RFC 9113).

Nothing here checks what it sends: field blocks are literals without indexing, and without any rule on names and values.
"""

import dataclasses
import struct

import hpack

from raw_tls import RawTls

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20

# Settings (§6.5.2).
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = range(1, 6)

# Error codes (§7).
_CODES = (
    "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR "
    "REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split()
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED = range(6)
FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(6, 12)


def code_name(code):
    return _CODES[code] if code < len(_CODES) else hex(code)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def data(stream, payload=b"", *, end=False, padding=None):
    """With `padding`, that many bytes of it; their number stands in front."""
    if padding is not None:
        payload = bytes([padding]) + payload + bytes(padding)
    return frame(DATA, (END_STREAM if end else 0) | (0 if padding is None else PADDED), stream, payload)


def headers(stream, block, *, end=True, whole=True, flags=0):
    """A HEADERS frame; a CONTINUATION must follow one that is not `whole`."""
    return frame(HEADERS, flags | (END_STREAM if end else 0) | (END_HEADERS if whole else 0), stream, block)


def continuation(stream, block, *, whole=True):
    return frame(CONTINUATION, END_HEADERS if whole else 0, stream, block)


def settings(*pairs, ack=False, stream=0):
    return frame(SETTINGS, ACK if ack else 0, stream, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def priority(stream, on, weight=15):
    """A PRIORITY frame that makes one stream depend on another."""
    return frame(PRIORITY, 0, stream, struct.pack(">IB", on, weight))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def ping(payload=b"12345678", *, ack=False, stream=0):
    return frame(PING, ACK if ack else 0, stream, payload)


def goaway(last_stream=0, code=NO_ERROR, *, stream=0):
    return frame(GOAWAY, 0, stream, struct.pack(">II", last_stream, code))


def integer(value, prefix_bits, first=0):
    """An integer of HPACK (RFC 7541 §5.1); `first` has the bits before the prefix."""
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes([first | value])
    out = bytearray([first | most])
    value -= most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def literal(name, value, *, indexed=False):
    """A field with its name as a literal; `indexed` puts it into the dynamic table (RFC 7541 §6.2)."""
    name, value = (text if isinstance(text, bytes) else text.encode() for text in (name, value))
    return b"".join(
        (b"\x40" if indexed else b"\x00", integer(len(name), 7), name, integer(len(value), 7), value),
    )


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


def pseudo_fields(**changes):
    """Those of a GET of /, with changes; None leaves one out."""
    fields = {"method": "GET", "scheme": "https", "authority": "localhost", "path": "/", **changes}
    return [(f":{name}", value) for name, value in fields.items() if value is not None]


def request(stream, *fields, end=True, **changes):
    """The HEADERS frame of a request: its pseudo-fields with changes, then other fields."""
    return headers(stream, block([*pseudo_fields(**changes), *fields]), end=end)


@dataclasses.dataclass
class Stream:
    """What came back on one stream."""

    status: int | None = None
    fields: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    ended: bool = False  # by END_STREAM
    reset: int | None = None  # the code of RST_STREAM
    informational: list = dataclasses.field(default_factory=list)

    def __str__(self):
        parts = [] if self.status is None else [f"status {self.status}"]
        parts += [] if self.reset is None else [f"RST_STREAM({code_name(self.reset)})"]
        return ", ".join(parts) or "nothing"


class RawHttp2(RawTls):
    """A client that sends what it is told to, and notes what comes. While it waits it acknowledges SETTINGS, or not."""

    def __init__(self, port, *, opening=PREFACE + settings(), acknowledges=True):
        self.frames = []  # (kind, flags, stream, length) in the order of arrival
        self.streams = {}
        self.settings = None  # the server's, once they came
        self.settings_acknowledged = 0
        self.goaway = None  # (last stream, code)
        self.pongs = set()
        self.windows = {}  # by stream: what WINDOW_UPDATE added
        self._decoder = hpack.Decoder(max_header_list_size=1 << 24)
        self._block = None  # (stream, flags, bytes) of a field block that goes on
        self._barriers = 0
        self._acknowledges = acknowledges
        self._owed = 0  # acknowledgements
        super().__init__(port, "h2")
        self.send(opening)

    def wait(self, condition, **options):
        def holds():
            # Not where they arrive: that may be in the middle of a frame of ours.
            if self._owed:
                owed, self._owed = self._owed, 0
                self.send(settings(ack=True) * owed)
            return condition()

        return super().wait(holds, **options)

    def header_table_is(self, size):
        """What HEADER_TABLE_SIZE this client has set: a server that uses more fails the decoding."""
        self._decoder.max_allowed_table_size = size

    def stream(self, number):
        return self.streams.setdefault(number, Stream())

    def is_answered(self, number):
        stream = self.stream(number)
        return stream.ended or stream.reset is not None

    def wait_for_answer(self, number, **options):
        self.wait(lambda: self.is_answered(number), **options)
        return self.stream(number)

    def barrier(self):
        """Sends a PING; the condition that holds once the server has read everything before it."""
        self._barriers += 1
        payload = struct.pack(">Q", self._barriers)
        self.send(ping(payload))
        return lambda: payload in self.pongs

    def __str__(self):
        alike = {}
        for number, stream in self.streams.items():
            alike.setdefault(str(stream), []).append(str(number))
        parts = [
            f"{what} on {', '.join(numbers[:4])}" + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")
            for what, numbers in alike.items()
        ]
        if self.goaway:
            parts.append(f"GOAWAY({code_name(self.goaway[1])})")
        return "; ".join([*parts, f"connection {self.end or 'open'}"])

    def _on_received(self):
        while len(self.received) >= 9:
            length = int.from_bytes(self.received[:3], "big")
            if len(self.received) < 9 + length:
                return
            kind, flags = self.received[3:5]
            stream = int.from_bytes(self.received[5:9], "big") & 0x7FFFFFFF
            payload = bytes(self.received[9 : 9 + length])
            del self.received[: 9 + length]
            self.frames.append((kind, flags, stream, length))
            self._on_frame(kind, flags, stream, payload)

    def _on_frame(self, kind, flags, number, payload):
        if kind in (HEADERS, CONTINUATION):
            self._on_block(kind, flags, number, payload)
        elif kind == DATA:
            stream = self.stream(number)
            stream.body += payload
            stream.ended = stream.ended or bool(flags & END_STREAM)
        elif kind == RST_STREAM:
            self.stream(number).reset = int.from_bytes(payload, "big")
        elif kind == SETTINGS:
            if flags & ACK:
                self.settings_acknowledged += 1
            else:
                self.settings = dict(struct.iter_unpack(">HI", payload))
                self._owed += self._acknowledges
        elif kind == PING and flags & ACK:
            self.pongs.add(payload)
        elif kind == GOAWAY:
            last, code = struct.unpack(">II", payload[:8])
            self.goaway = (last & 0x7FFFFFFF, code)
        elif kind == WINDOW_UPDATE:
            self.windows[number] = self.windows.get(number, 0) + int.from_bytes(payload, "big")

    def _on_block(self, kind, flags, number, payload):
        if kind == HEADERS:
            self._block = (number, flags, payload)
        else:
            self._block = (number, self._block[1], self._block[2] + payload)
        if not flags & END_HEADERS:
            return
        fields = self._decoder.decode(self._block[2], raw=True)
        stream = self.stream(number)
        found = next((int(value) for name, value in fields if name == b":status"), None)
        if found is not None and found < 200:
            stream.informational.append(found)
        elif found is not None:
            stream.status = found
        stream.fields += fields
        stream.ended = stream.ended or bool(self._block[1] & END_STREAM)
