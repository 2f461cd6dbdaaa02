"""What RFC 9113 §3, §4 and §6 make an error, by section: the preface, and frames of each type."""

import struct
import unittest

from http2_raw import (
    COMPRESSION_ERROR,
    DATA,
    ENABLE_PUSH,
    END_HEADERS,
    END_STREAM,
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    GOAWAY,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    MAX_FRAME_SIZE,
    PADDED,
    PING,
    PREFACE,
    PRIORITY,
    PROTOCOL_ERROR,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_PRIORITY,
    block,
    continuation,
    data,
    frame,
    goaway,
    headers,
    integer,
    literal,
    ping,
    priority,
    pseudo_fields,
    request,
    reset,
    settings,
    window_update,
)
from http2_rows import HUNG_UP, IGNORED, SERVED, Http2Rows, Opening, answered, connection_error, stream_error

GET = block(pseudo_fields())
# What a request may send after its HEADERS.
POST = request(1, method="POST", end=False)
MOST = 2**31 - 1  # a window (§6.9.1)


class Connections(Http2Rows):
    def test_3_4_preface(self):
        # §3.4: the GOAWAY may be omitted where the preface shows that the peer does not speak HTTP/2.
        invalid = (connection_error(PROTOCOL_ERROR), HUNG_UP)
        self.check(
            "3.4",
            ("HTTP/1.1", [Opening(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + settings())], *invalid),
            ("the last byte is wrong", [Opening(PREFACE[:-1] + b"\r" + settings())], *invalid),
            ("no preface, frames at once", [Opening(settings() + request(1))], *invalid),
            ("the preface twice", [PREFACE], connection_error(PROTOCOL_ERROR, FRAME_SIZE_ERROR)),
            ("PING before SETTINGS", [Opening(PREFACE + ping())], connection_error(PROTOCOL_ERROR)),
            ("HEADERS before SETTINGS", [Opening(PREFACE + request(1))], connection_error(PROTOCOL_ERROR)),
            ("a request before the server's SETTINGS are read", [request(1)], SERVED),
        )

    def test_4_1_frame_format(self):
        self.check(
            "4.1",
            ("a frame of an unknown type", [frame(0xBE, 0, 0, b"what"), request(1)], SERVED),
            ("the same on a stream that is idle", [frame(0xBE, 0xFF, 1, b"what"), request(1)], SERVED),
            ("the same on an open stream", [POST, frame(0xBE, 1, 1), data(1, end=True)], SERVED),
            ("flags that PING does not define", [frame(PING, 0xFE, 0, bytes(8)), request(1)], SERVED),
            ("flags that DATA does not define", [POST, frame(DATA, 0xF6 | END_STREAM, 1, b"body")], SERVED),
            ("the reserved bit", [headers(1 | 1 << 31, GET)], SERVED),
        )

    def test_4_2_frame_size(self):
        most, larger = b"x" * 2**14, b"x" * (2**14 + 1)
        self.check(
            "4.2",
            ("DATA as large as SETTINGS_MAX_FRAME_SIZE", [POST, data(1, most, end=True)], SERVED),
            (
                "larger DATA",
                [POST, data(1, larger, end=True)],
                stream_error(FRAME_SIZE_ERROR),
                connection_error(FRAME_SIZE_ERROR),
            ),
            ("larger HEADERS", [headers(1, GET + literal("x", larger))], connection_error(FRAME_SIZE_ERROR)),
            (
                "larger CONTINUATION",
                [headers(1, GET, whole=False), continuation(1, literal("x", larger))],
                connection_error(FRAME_SIZE_ERROR),
            ),
            ("larger SETTINGS", [settings(*[(0xFF00, 0)] * 2731)], connection_error(FRAME_SIZE_ERROR)),
            ("larger and of an unknown type", [frame(0xBE, 0, 0, larger)], IGNORED, connection_error(FRAME_SIZE_ERROR)),
        )

    def test_4_3_field_sections(self):
        broken = connection_error(COMPRESSION_ERROR)
        self.check(
            "4.3",
            ("an index that the tables don't have", [headers(1, GET + integer(62, 7, 0x80))], broken),
            ("index 0", [headers(1, GET + b"\x80")], broken),
            ("a name's index that the tables don't have", [headers(1, GET + integer(99, 6, 0x40) + b"\x01a")], broken),
            ("a literal longer than the block", [headers(1, GET + b"\x00\x01a\x7f\x05")], broken),
            ("an integer that goes on too long", [headers(1, GET + b"\xff" + b"\xff" * 9 + b"\x01")], broken),
            ("Huffman: padding with zeros", [headers(1, GET + b"\x00\x01a\x81\x18")], broken),
            ("Huffman: padding of 8 bits", [headers(1, GET + b"\x00\x01a\x82\x1f\xff")], broken),
            ("Huffman: EOS", [headers(1, GET + b"\x00\x01a\x84\xff\xff\xff\xff")], broken),
            ("a table larger than SETTINGS_HEADER_TABLE_SIZE", [headers(1, integer(65536, 5, 0x20) + GET)], broken),
            ("a table resized behind a field", [headers(1, GET + integer(0, 5, 0x20))], broken),
            ("a table resized in front", [headers(1, integer(0, 5, 0x20) + GET)], SERVED),
            (
                "a field kept for the next request",
                [headers(1, GET + literal("x-kept", "yes", indexed=True)), headers(3, GET + b"\xbe")],
                answered(200, on=3),
            ),
        )

    def test_5_5_extensions(self):
        self.check(
            "5.5",
            ("an unknown setting", [settings((0xFF00, 7)), request(1)], SERVED),
            (
                "an unknown frame inside a field block",
                [headers(1, GET[:9], whole=False), frame(0xBE, 0, 1), continuation(1, GET[9:])],
                connection_error(PROTOCOL_ERROR),
            ),
        )


class Frames(Http2Rows):
    def test_6_1_data(self):
        wrong = connection_error(PROTOCOL_ERROR)
        too_small = connection_error(FRAME_SIZE_ERROR, PROTOCOL_ERROR)
        self.check(
            "6.1",
            ("on stream 0", [data(0, b"x")], wrong),
            ("padding as long as the payload", [POST, frame(DATA, PADDED, 1, b"\x05body")], wrong),
            ("padding longer than the payload", [POST, frame(DATA, PADDED, 1, b"\xffbody")], wrong),
            ("padding in a frame of no bytes", [POST, frame(DATA, PADDED, 1)], too_small),
            ("proper padding", [POST, data(1, b"body", padding=255), data(1, padding=0, end=True)], SERVED),
        )

    def test_6_2_headers(self):
        wrong = connection_error(PROTOCOL_ERROR)
        too_small = connection_error(FRAME_SIZE_ERROR, PROTOCOL_ERROR)
        both = PADDED | WITH_PRIORITY
        self.check(
            "6.2",
            ("on stream 0", [headers(0, GET)], wrong),
            ("padding longer than the payload", [headers(1, b"\xff" + GET, flags=PADDED)], wrong),
            ("padding longer than what priority leaves", [headers(1, b"\x06" + bytes(10), flags=both)], wrong),
            ("priority of 4 bytes", [headers(1, bytes(4), flags=WITH_PRIORITY)], too_small),
            ("proper padding", [headers(1, b"\x09" + GET + bytes(9), flags=PADDED)], SERVED),
            ("no bytes", [headers(1, b"")], stream_error(PROTOCOL_ERROR), wrong, answered(400)),
        )

    def test_6_3_priority(self):
        wrong_size = (stream_error(FRAME_SIZE_ERROR), connection_error(FRAME_SIZE_ERROR))
        self.check(
            "6.3",
            ("on stream 0", [priority(0, 1)], connection_error(PROTOCOL_ERROR)),
            ("4 bytes", [POST, frame(PRIORITY, 0, 1, bytes(4))], *wrong_size),
            ("6 bytes", [POST, frame(PRIORITY, 0, 1, bytes(6))], *wrong_size),
        )

    def test_6_4_rst_stream(self):
        wrong_size = connection_error(FRAME_SIZE_ERROR)
        self.check(
            "6.4",
            ("on stream 0", [reset(0)], connection_error(PROTOCOL_ERROR)),
            ("on an idle stream", [reset(1)], connection_error(PROTOCOL_ERROR)),
            ("3 bytes", [POST, frame(RST_STREAM, 0, 1, bytes(3))], wrong_size),
            ("5 bytes", [POST, frame(RST_STREAM, 0, 1, bytes(5))], wrong_size),
            ("a code that nobody knows", [POST, reset(1, 0xFFFFFFFF)], IGNORED),
        )

    def test_6_5_settings(self):
        wrong, wrong_size = connection_error(PROTOCOL_ERROR), connection_error(FRAME_SIZE_ERROR)
        overflow = connection_error(FLOW_CONTROL_ERROR)
        self.check(
            "6.5",
            ("an acknowledgement with a payload", [frame(SETTINGS, 1, 0, bytes(6))], wrong_size),
            ("5 bytes", [frame(SETTINGS, 0, 0, bytes(5))], wrong_size),
            ("on a stream", [settings(stream=1)], wrong),
            ("on an open stream", [POST, settings(stream=1)], wrong),
            ("ENABLE_PUSH 2", [settings((ENABLE_PUSH, 2))], wrong),
            ("INITIAL_WINDOW_SIZE 2^31", [settings((INITIAL_WINDOW_SIZE, MOST + 1))], overflow),
            ("MAX_FRAME_SIZE 2^14 - 1", [settings((MAX_FRAME_SIZE, 2**14 - 1))], wrong),
            ("MAX_FRAME_SIZE 2^24", [settings((MAX_FRAME_SIZE, 2**24))], wrong),
            ("MAX_FRAME_SIZE 2^24 - 1", [settings((MAX_FRAME_SIZE, 2**24 - 1)), request(1)], SERVED),
            ("MAX_CONCURRENT_STREAMS 0", [settings((MAX_CONCURRENT_STREAMS, 0)), request(1)], SERVED),
            ("HEADER_TABLE_SIZE 2^32 - 1", [settings((HEADER_TABLE_SIZE, 2**32 - 1)), request(1)], SERVED),
            ("no setting", [settings(), request(1)], SERVED),
        )

    def test_6_6_push_promise(self):
        promise = struct.pack(">I", 2) + GET
        self.check(
            "6.6",
            ("from a client", [POST, frame(PUSH_PROMISE, END_HEADERS, 1, promise)], connection_error(PROTOCOL_ERROR)),
            ("on stream 0", [frame(PUSH_PROMISE, END_HEADERS, 0, promise)], connection_error(PROTOCOL_ERROR)),
        )

    def test_6_7_ping(self):
        self.check(
            "6.7",
            ("on a stream", [POST, ping(stream=1)], connection_error(PROTOCOL_ERROR)),
            ("7 bytes", [ping(bytes(7))], connection_error(FRAME_SIZE_ERROR)),
            ("9 bytes", [ping(bytes(9))], connection_error(FRAME_SIZE_ERROR)),
            ("an acknowledgement that nobody waits for", [ping(ack=True), request(1)], SERVED),
        )

    def test_6_8_goaway(self):
        self.check(
            "6.8",
            ("on a stream", [POST, goaway(stream=1)], connection_error(PROTOCOL_ERROR)),
            ("7 bytes", [frame(GOAWAY, 0, 0, bytes(7))], connection_error(FRAME_SIZE_ERROR)),
            ("before the end of a request", [POST, goaway(), data(1, end=True)], SERVED),
        )

    def test_6_9_window_update(self):
        wrong, overflow = connection_error(PROTOCOL_ERROR), connection_error(FLOW_CONTROL_ERROR)
        self.check(
            "6.9",
            ("by 0, of the connection", [window_update(0, 0)], wrong),
            ("by 0, of a stream", [POST, window_update(1, 0)], stream_error(PROTOCOL_ERROR), wrong),
            ("3 bytes", [frame(WINDOW_UPDATE, 0, 0, bytes(3))], connection_error(FRAME_SIZE_ERROR)),
            ("5 bytes", [POST, frame(WINDOW_UPDATE, 0, 1, bytes(5))], connection_error(FRAME_SIZE_ERROR)),
            ("the reserved bit", [window_update(0, 1 << 31 | 1), request(1)], SERVED),
            ("past 2^31 - 1, of the connection", [window_update(0, MOST)], overflow),
            ("past 2^31 - 1, of a stream", [POST, window_update(1, MOST)], stream_error(FLOW_CONTROL_ERROR), overflow),
            ("to 2^31 - 1", [window_update(0, MOST - 65535), request(1)], SERVED),
        )

    def test_6_9_2_initial_window(self):
        opened = Opening(PREFACE + settings((INITIAL_WINDOW_SIZE, 0)))
        twice = settings((INITIAL_WINDOW_SIZE, 0), (INITIAL_WINDOW_SIZE, MOST))
        self.check(
            "6.9.2",
            (
                "raised past 2^31 - 1 for an open stream",
                [POST, window_update(1, 1), settings((INITIAL_WINDOW_SIZE, MOST))],
                connection_error(FLOW_CONTROL_ERROR),
            ),
            ("raised while an answer waits", [opened, request(1), settings((INITIAL_WINDOW_SIZE, MOST))], SERVED),
            ("twice in one frame: the last counts", [twice, request(1)], SERVED),
        )

    def test_6_10_continuation(self):
        wrong = connection_error(PROTOCOL_ERROR)
        begun = headers(1, GET[:9], whole=False)
        self.check(
            "6.10",
            ("on stream 0", [begun, continuation(0, GET[9:])], wrong),
            ("on another stream", [begun, continuation(3, GET[9:])], wrong),
            ("without HEADERS", [continuation(1, GET)], wrong),
            ("after END_HEADERS", [headers(1, GET, end=False), continuation(1, GET)], wrong),
            ("after a CONTINUATION with END_HEADERS", [begun, continuation(1, GET[9:]), continuation(1, b"")], wrong),
            ("after DATA", [POST, data(1, b"x"), continuation(1, GET)], wrong),
            ("DATA in between", [begun, data(1, b"x"), continuation(1, GET[9:])], wrong),
            ("HEADERS of another stream in between", [begun, request(3), continuation(1, GET[9:])], wrong),
            ("PING in between", [begun, ping(), continuation(1, GET[9:])], wrong),
            ("SETTINGS in between", [begun, settings(), continuation(1, GET[9:])], wrong),
            ("WINDOW_UPDATE in between", [begun, window_update(0, 1), continuation(1, GET[9:])], wrong),
            ("PRIORITY in between", [begun, priority(1, 0), continuation(1, GET[9:])], wrong),
            ("RST_STREAM in between", [begun, reset(1)], wrong),
        )


if __name__ == "__main__":
    unittest.main()
