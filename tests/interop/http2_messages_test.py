"""What RFC 9113 §8 makes a malformed request, and what a server's own frames must keep to, by section."""

import unittest

from http2_raw import (
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    PREFACE,
    SETTINGS,
    RawHttp2,
    block,
    continuation,
    data,
    headers,
    literal,
    ping,
    pseudo_fields,
    request,
    settings,
    window_update,
)
from http2_rows import SERVED, Http2Rows, answered

NAMES = pseudo_fields()


def post(*fields, **changes):
    return request(1, *fields, method="POST", end=False, **changes)


def trailers(*fields, end=True):
    return headers(1, block(fields), end=end)


class Malformed(Http2Rows):
    def test_8_1_message_framing(self):
        self.check_malformed(
            "8.1",
            ("trailers that don't end the stream", post(), data(1, b"x"), trailers(("x-end", "1"), end=False)),
            ("trailers with a pseudo-field", post(), data(1, b"x"), trailers((":path", "/other"))),
            ("trailers with :status", post(), data(1, b"x"), trailers((":status", "200"))),
            ("trailers with an upper-case name", post(), trailers(("X-End", "1"))),
            ("trailers with a line in a value", post(), trailers(("x-end", "1\r\nhost: other"))),
            ("trailers with a connection's field", post(), trailers(("connection", "close"))),
        )
        self.check(
            "8.1",
            ("proper trailers", [post(), data(1, b"x"), trailers(("x-end", "1"))], SERVED),
            ("trailers and no content", [post(), trailers(("x-end", "1"))], SERVED),
        )

    def test_8_1_1_content_length(self):
        def length(*values):
            return [("content-length", value) for value in values]

        self.check_malformed(
            "8.1.1",
            ("more than the content", post(*length("5")), data(1, b"four", end=True)),
            ("some, and no content", request(1, *length("5"), method="POST")),
            ("more than the content, with trailers", post(*length("5")), data(1, b"four"), trailers(("x-end", "1"))),
            ("less than the first frame has", post(*length("3")), data(1, b"four", end=True)),
            ("two that differ", post(*length("4", "5")), data(1, b"four", end=True)),
            ("two in one", post(*length("4, 5")), data(1, b"four", end=True)),
            ("a sign", post(*length("+4")), data(1, b"four", end=True)),
            ("negative", post(*length("-4")), data(1, b"four", end=True)),
            ("hexadecimal", post(*length("0x4")), data(1, b"four", end=True)),
            ("empty", post(*length("")), data(1, b"four", end=True)),
            ("2^64 + 4", post(*length("18446744073709551620")), data(1, b"four", end=True)),
        )
        self.check(
            "8.1.1",
            ("right", [post(*length("4")), data(1, b"fo"), data(1), data(1, b"ur", end=True)], SERVED),
            ("0", [request(1, *length("0"), method="POST")], SERVED),
        )

    def test_8_1_1_content_longer_than_its_length(self):
        # What a backend got before can't be taken back; what exceeds it must not reach it.
        for target in self.targets():
            with self.subTest(target=target.kind), RawHttp2(target.port) as client:
                client.send(post(("content-length", "4")) + data(1, b"four"))
                if target.recorder:
                    target.recorder.wait_for_requests(1)
                client.send(data(1, b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n", end=True))
                client.wait_for_answer(1)
                stream = client.stream(1)
                self.assertTrue(client.goaway or stream.reset or stream.status in (400, 200), str(client))
                client.close()
                requests, offences = target.take()
                self.assertEqual(([each.target for each in requests], offences), ([b"/"] * len(requests), []))

    def test_8_2_field_names(self):
        wrong = {
            "upper case": "X-Upper",
            "upper case in the middle": "x-upPer",
            "a space": "x y",
            "a space at its end": "host ",
            "a tab": "x\ty",
            "CR LF": "x: 1\r\nhost",
            "NUL": "x\0y",
            "DEL": "x\x7fy",
            "a byte above 0x7f": b"x\xe4",
            "a colon inside": "x:y",
            "no byte": "",
        }
        self.check_malformed("8.2.1", *((what, request(1, (name, "1"))) for what, name in wrong.items()))

    def test_8_2_field_values(self):
        wrong = {
            "NUL": "a\0b",
            "LF": "a\nx-other: 1",
            "CR": "a\rx-other: 1",
            "CR LF": "a\r\nx-other: 1",
            "a request": "a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "a space in front": " a",
            "a space at its end": "a ",
            "a tab in front": "\ta",
            "a tab at its end": "a\t",
        }
        self.check_malformed("8.2.1", *((what, request(1, ("x-value", value))) for what, value in wrong.items()))
        self.check(
            "8.2.1",
            ("nothing", [request(1, ("x-value", ""))], SERVED),
            ("a space and a tab inside", [request(1, ("x-value", "a \tb"))], SERVED),
            ("bytes above 0x7f", [request(1, ("x-value", b"\xc3\xa4"))], SERVED, answered(400)),
        )

    def test_8_2_2_fields_of_a_connection(self):
        wrong = {
            "connection": "close",
            "keep-alive": "timeout=5",
            "proxy-connection": "keep-alive",
            "transfer-encoding": "chunked",
            "upgrade": "websocket",
            "te": "gzip",
        }
        self.check_malformed(
            "8.2.2",
            *((f"{name}: {value}", request(1, (name, value))) for name, value in wrong.items()),
            ("te: trailers, gzip", request(1, ("te", "trailers, gzip"))),
            ("transfer-encoding with content", post(("transfer-encoding", "chunked")), data(1, b"0\r\n\r\n", end=True)),
            ("transfer-encoding: identity", request(1, ("transfer-encoding", "identity"))),
        )
        self.check("8.2.2", ("te: trailers", [request(1, ("te", "trailers"))], SERVED))

    def test_8_2_3_cookies(self):
        crumbs = [("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")]
        for target in self.targets():
            with self.subTest(target=target.kind), RawHttp2(target.port) as client:
                client.send(request(1, *crumbs))
                self.assertEqual(client.wait_for_answer(1).status, 200)
                requests, offences = target.take()
                self.assertEqual(offences, [])
                for each in requests:
                    self.assertEqual(each.values(b"cookie"), [b"a=1; b=2; c=3"])

    def test_8_3_pseudo_fields(self):
        def ask(*fields):
            return headers(1, block(fields))

        self.check_malformed(
            "8.3",
            ("behind a field", ask(*NAMES[:3], ("accept", "*/*"), NAMES[3])),
            ("a name that nobody knows", request(1, (":unknown", "1"))),
            (":status", request(1, (":status", "200"))),
            ("no :method", request(1, method=None)),
            ("no :scheme", request(1, scheme=None)),
            ("no :path", request(1, path=None)),
            ("neither :authority nor host", request(1, authority=None)),
            *((f"{name} twice", ask(*NAMES, (name, value))) for name, value in NAMES),
            ("a :path twice that differs", ask(*NAMES, (":path", "/other"))),
            ("none at all", ask(("accept", "*/*"))),
            ("no name behind the colon", request(1, (":", "1"))),
            (":protocol without CONNECT", request(1, (":protocol", "websocket"))),
        )

    def test_8_3_1_values(self):
        wrong_paths = {
            "empty": "",
            "no slash": "index.html",
            "absolute": "https://localhost/",
            "* for GET": "*",
            "a space": "/a HTTP/1.1\tb",
            "a request": "/ HTTP/1.1\r\nHost: localhost\r\n\r\nGET /smuggled",
            "CR": "/a\rb",
            "LF": "/a\nb",
            "NUL": "/a\0b",
            "a tab": "/a\tb",
            "DEL": "/a\x7fb",
            "a fragment": "/a#b",
            "a byte above 0x7f": b"/\xe4",
        }
        wrong_methods = {"empty": "", "a space": "GET /other", "CR LF": "GET\r\nx", "NUL": "G\0T", "a colon": "G:T"}
        wrong_authorities = {
            "empty": "",
            "user information": "user:password@localhost",
            "a path": "localhost/other",
            "a space": "localhost other",
            "CR LF": "localhost\r\nx-other: 1",
            "NUL": "local\0host",
            "a port that is none": "localhost:80a",
            "two": "localhost, other",
            "a query": "localhost?x",
            "a bracket": "[::1",
        }
        self.check_malformed(
            "8.3.1",
            *((f":path: {what}", request(1, path=path)) for what, path in wrong_paths.items()),
            *((f":method: {what}", request(1, method=method)) for what, method in wrong_methods.items()),
            *((f":authority: {what}", request(1, authority=name)) for what, name in wrong_authorities.items()),
            (":scheme: empty", request(1, scheme="")),
            (":scheme: a line", request(1, scheme="https\r\nx")),
            (":scheme: a URL", request(1, scheme="https://localhost/?")),
        )
        self.check(
            "8.3.1",
            ("OPTIONS *", [request(1, method="OPTIONS", path="*")], SERVED, answered(404, 501)),
            ("a query", [request(1, path="/?a=b&c=%20d")], SERVED),
        )

    def test_8_3_1_host(self):
        self.check_malformed(
            "8.3.1",
            ("another than :authority", request(1, ("host", "other"))),
            ("two, the second another", request(1, ("host", "localhost"), ("host", "other"))),
            ("two, and no :authority", request(1, ("host", "localhost"), ("host", "localhost"), authority=None)),
            ("empty, and no :authority", request(1, ("host", ""), authority=None)),
            ("user information, and no :authority", request(1, ("host", "user@localhost"), authority=None)),
        )
        self.check(
            "8.3.1",
            ("host alone", [request(1, ("host", "localhost"), authority=None)], SERVED),
            ("the same as :authority", [request(1, ("host", "localhost"))], SERVED),
        )

    def test_8_5_connect(self):
        self.check_malformed(
            "8.5",
            ("with :path", request(1, method="CONNECT", scheme=None)),
            ("with :scheme", request(1, method="CONNECT", path=None)),
            ("with both, but no :protocol", request(1, method="CONNECT")),
            ("without :authority", request(1, method="CONNECT", authority=None, path=None, scheme=None)),
        )
        # Nothing here is a forward proxy.
        refused = (answered(400, 403, 404, 405, 421, 501),)
        self.check("8.5", ("proper", [request(1, method="CONNECT", path=None, scheme=None)], *refused))


class Conduct(Http2Rows):
    """What the server sends."""

    def clients(self, *pairs):
        """One for each target, that begins with these settings."""
        for target in self.targets():
            with self.subTest(target=target.kind):
                with RawHttp2(target.port, opening=PREFACE + settings(*pairs)) as client:
                    yield client
                    self.assertIsNone(client.goaway, str(client))

    def test_3_4_settings_come_first(self):
        for client in self.clients():
            client.wait(lambda client=client: client.frames)
            self.assertEqual(client.frames[0][:3], (SETTINGS, 0, 0))

    def test_4_2_frames_keep_to_the_size(self):
        for client in self.clients():
            client.send(b"".join(request(number, path="/?size=40000") for number in range(1, 20, 2)))
            client.send(window_update(0, 10**6))
            client.wait_for_answer(19)
            self.assertLessEqual(max(length for _, _, _, length in client.frames), 16384)

    def test_4_3_1_the_table_keeps_to_the_size(self):
        for client in self.clients((HEADER_TABLE_SIZE, 0)):
            client.header_table_is(0)
            client.send(request(1) + request(3))
            self.assertEqual((client.wait_for_answer(1).status, client.wait_for_answer(3).status), (200, 200))

    def test_6_5_3_settings_are_acknowledged(self):
        for client in self.clients():
            client.send(settings((MAX_FRAME_SIZE, 20000)) + settings((MAX_FRAME_SIZE, 30000)) + request(1))
            client.wait_for_answer(1)
            self.assertEqual(client.settings_acknowledged, 3)

    def test_6_7_pings_are_answered(self):
        for client in self.clients():
            client.send(ping(b"abcdefgh") + ping(b"ignored!", ack=True) + request(1))
            client.wait_for_answer(1)
            self.assertEqual(client.pongs, {b"abcdefgh"})

    def test_6_9_windows_are_kept_to(self):
        for client in self.clients((INITIAL_WINDOW_SIZE, 10)):
            passed = []

            def content_after(*frames, client=client, passed=passed):
                client.send(b"".join(frames))
                passed.append(client.barrier())
                client.wait(passed[-1])
                # Only a second one shows that the first came with all that was to be written then.
                passed.append(client.barrier())
                client.wait(passed[-1])
                return len(client.stream(1).body)

            client.send(request(1, path="/?size=40000"))
            client.wait(lambda client=client: len(client.stream(1).body) >= 10)
            self.assertEqual(content_after(), 10)
            # §6.9.2: the window is negative now, and grows from there.
            self.assertEqual(content_after(settings((INITIAL_WINDOW_SIZE, 0))), 10)
            self.assertEqual(content_after(window_update(1, 10)), 10)
            client.send(window_update(1, 3))
            client.wait(lambda client=client: len(client.stream(1).body) > 10)
            self.assertEqual(content_after(), 13)
            client.send(settings((INITIAL_WINDOW_SIZE, 1000)))
            client.wait(lambda client=client: len(client.stream(1).body) > 13)
            self.assertEqual(content_after(), 1013)

    def test_8_2_1_names_are_in_lower_case(self):
        for client in self.clients():
            client.send(request(1))
            for name, _ in client.wait_for_answer(1).fields:
                self.assertEqual(name, name.lower())
                self.assertNotIn(name, (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"))

    def test_6_10_a_block_in_many_pieces(self):
        for client in self.clients():
            fields = block([*NAMES, ("x-long", "x" * 100)]) + literal("x-last", "1")
            pieces = [headers(1, fields[:1], whole=False)]
            pieces += [continuation(1, fields[at : at + 40], whole=False) for at in range(1, len(fields), 40)]
            client.send(b"".join([*pieces, continuation(1, b"")]))
            self.assertEqual(client.wait_for_answer(1).status, 200)


if __name__ == "__main__":
    unittest.main()
