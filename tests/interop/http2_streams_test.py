"""What RFC 9113 §5 makes an error, by section: frames that a stream's state forbids, identifiers, too many streams."""

import struct
import unittest

from http2_raw import (
    INITIAL_WINDOW_SIZE,
    MAX_CONCURRENT_STREAMS,
    PREFACE,
    PROTOCOL_ERROR,
    REFUSED_STREAM,
    STREAM_CLOSED,
    WITH_PRIORITY,
    RawHttp2,
    block,
    continuation,
    data,
    headers,
    literal,
    priority,
    pseudo_fields,
    request,
    reset,
    settings,
    window_update,
)
from http2_rows import IGNORED, SERVED, Http2Rows, Opening, answered, connection_error, stream_error

GET = block(pseudo_fields())
# What a request may send after its HEADERS.
POST = request(1, method="POST", end=False)
MOST = 2**31 - 1  # a window (§6.9.1)


def answer_of(stream):
    """A step that waits until the stream is closed on both sides."""
    return lambda client: client.wait_for_answer(stream)


class Streams(Http2Rows):
    def test_5_1_idle(self):
        wrong = connection_error(PROTOCOL_ERROR)
        self.check(
            "5.1",
            ("DATA", [data(1, b"x")], wrong),
            ("RST_STREAM", [reset(1)], wrong),
            ("WINDOW_UPDATE", [window_update(1, 1)], wrong),
            ("CONTINUATION", [continuation(1, GET)], wrong),
            ("PRIORITY", [priority(1, 0), request(1)], SERVED),
            ("WINDOW_UPDATE of a stream that the server would open", [window_update(2, 1)], wrong),
            ("RST_STREAM of a stream that the server would open", [reset(2)], wrong),
        )

    def test_5_1_half_closed_remote(self):
        # The window lets no answer out, so that the server's side stays open.
        closed_window = Opening(PREFACE + settings((INITIAL_WINDOW_SIZE, 0)))
        wrong = (stream_error(STREAM_CLOSED), connection_error(STREAM_CLOSED))
        self.check(
            "5.1",
            ("DATA", [closed_window, request(1), data(1, b"x")], *wrong),
            ("HEADERS", [closed_window, request(1), request(1)], *wrong),
            ("CONTINUATION", [closed_window, request(1), continuation(1, GET)], connection_error(PROTOCOL_ERROR)),
            ("WINDOW_UPDATE", [closed_window, request(1), window_update(1, MOST)], SERVED),
            ("PRIORITY", [closed_window, request(1), priority(1, 0), window_update(1, MOST)], SERVED),
            ("RST_STREAM", [closed_window, request(1), reset(1)], IGNORED),
        )

    def test_5_1_closed(self):
        # A server that has just closed a stream itself may take what still comes for sent before that was known.
        wrong = (stream_error(STREAM_CLOSED), connection_error(STREAM_CLOSED))
        not_new = connection_error(PROTOCOL_ERROR)
        after_answer = [request(1), answer_of(1)]
        after_reset = [POST, reset(1)]
        self.check(
            "5.1",
            ("DATA after the answer", [*after_answer, data(1, b"x")], *wrong, IGNORED),
            ("HEADERS after the answer", [*after_answer, request(1)], *wrong, not_new, IGNORED),
            ("CONTINUATION after the answer", [*after_answer, continuation(1, GET)], not_new),
            ("WINDOW_UPDATE after the answer", [*after_answer, window_update(1, 1)], IGNORED),
            ("RST_STREAM after the answer", [*after_answer, reset(1)], IGNORED),
            ("PRIORITY after the answer", [*after_answer, priority(1, 0)], IGNORED),
            ("DATA after RST_STREAM", [*after_reset, data(1, b"x")], *wrong, IGNORED),
            ("HEADERS after RST_STREAM", [*after_reset, request(1)], *wrong, not_new, IGNORED),
            ("CONTINUATION after RST_STREAM", [*after_reset, continuation(1, GET)], not_new),
            ("PRIORITY after RST_STREAM", [*after_reset, priority(1, 0)], IGNORED),
        )

    def test_5_1_closed_streams_keep_the_compression_state(self):
        kept = GET + literal("x-kept", "yes", indexed=True)
        self.check(
            "5.1",
            (
                "a field kept by trailers that come after RST_STREAM",
                [POST, reset(1), headers(1, kept), headers(3, GET + b"\xbe")],
                answered(200, on=3),
                connection_error(STREAM_CLOSED, PROTOCOL_ERROR),
            ),
        )

    def test_5_1_1_identifiers(self):
        wrong = connection_error(PROTOCOL_ERROR)
        # One that was skipped went from idle to closed when a higher one was opened.
        lower = connection_error(PROTOCOL_ERROR, STREAM_CLOSED)
        self.check(
            "5.1.1",
            ("an even one", [request(2)], wrong),
            ("0", [request(0)], wrong),
            ("a lower one", [request(5), request(3)], lower),
            ("a lower one after an answer", [request(5), answer_of(5), request(3)], lower),
            ("one with a gap before it", [request(1), request(5001)], answered(200, on=5001)),
            ("DATA on a lower one", [request(5), data(3, b"x")], lower, stream_error(STREAM_CLOSED, on=3), IGNORED),
        )

    def test_5_1_2_concurrency(self):
        for target in self.targets():
            for acknowledged in (False, True):
                with (
                    self.subTest(target=target.kind, acknowledged=acknowledged),
                    RawHttp2(target.port, acknowledges=acknowledged) as client,
                ):
                    client.wait(lambda client=client: client.settings is not None)
                    last = 2 * client.settings[MAX_CONCURRENT_STREAMS] + 1
                    client.send(b"".join(request(each, method="POST", end=False) for each in range(1, last + 1, 2)))
                    client.wait_for_answer(last)
                    if acknowledged and client.goaway:
                        # Who knows the limit and exceeds it may lose the connection.
                        self.assertEqual(client.goaway[1], PROTOCOL_ERROR)
                    else:
                        self._check_that_one_was_refused(client, last)

    def _check_that_one_was_refused(self, client, last):
        self.assertIn(client.stream(last).reset, (REFUSED_STREAM, PROTOCOL_ERROR), str(client))
        allowed = range(1, last, 2)
        client.send(b"".join(data(each, end=True) for each in allowed))
        client.wait(lambda: all(client.is_answered(each) for each in allowed))
        self.assertEqual({client.stream(each).status for each in allowed} - {200, 405}, set(), str(client))
        client.send(request(last + 2))
        self.assertEqual(client.wait_for_answer(last + 2).status, 200)

    def test_5_3_dependencies_mean_nothing(self):
        # RFC 7540 §5.3.1 made a dependency on itself an error, which a server of that time may still see.
        old = (SERVED, connection_error(PROTOCOL_ERROR), stream_error(PROTOCOL_ERROR))
        on_itself, on_another = struct.pack(">IB", 1, 0), struct.pack(">IB", 1 << 31 | 9, 255)
        circle = [priority(number, number + 2) for number in range(1, 99, 2)] + [priority(99, 1)]
        self.check(
            "5.3",
            ("PRIORITY on itself", [priority(1, 1), request(1)], *old),
            ("HEADERS on itself", [headers(1, on_itself + GET, flags=WITH_PRIORITY)], *old),
            ("HEADERS on another", [headers(1, on_another + GET, flags=WITH_PRIORITY)], SERVED),
            ("PRIORITY in a circle", [*circle, request(1)], SERVED),
        )


if __name__ == "__main__":
    unittest.main()
