"""Bodies, and what stands before and behind them, on every road: h2 and http/1.1 to HTTP/1.1 and h2c."""

import contextlib
import functools
import hashlib
import json
import os
import unittest

import exchanges
from exchanges import pattern
from http_streams import Broken
from processes import Child
from roads import HttpTest, on_every_road

MEGABYTE = 1024 * 1024


class Bodies(HttpTest):
    def setUp(self):
        super().setUp()
        self.roads = self.build_roads()

    def write_file(self, size):
        path = self.folder / "content"
        path.write_bytes(os.urandom(size))
        return path, hashlib.sha256(path.read_bytes()).hexdigest()

    @on_every_road
    def test_answer(self, road):
        answer, line = road.fetch("/small/7?secret=1")
        self.assertEqual((answer.status, len(answer.body), answer.body[:8]), (200, 1000, b"small 7\n"))
        self.assertEqual(answer["content-length"], "1000")
        self.assertLogged(
            line,
            road,
            status=200,
            method="GET",
            path="/small/7",
            authority=f"{road.host}:{road.gateway.port}",
            listener="public",
            bytes_in=0,
            bytes_out=1000,
            reason=None,
            error=None,
        )
        self.assertNotIn("secret", json.dumps(line))
        self.assertRegex(line["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertRegex(line["client"], r"^127\.0\.0\.1:\d+$")
        self.assertGreaterEqual(line["total_ms"], 0)
        self.assertIn(line["route"], (1, 2))

    @on_every_road
    def test_sizes(self, road):
        # 65,535 is the first window of a stream, 16,384 the size of a frame and of a record.
        for size in (0, 1, 16384, 65535, 65536, 3 * MEGABYTE):
            for query in ("", "?chunked=1"):
                answer, line = road.fetch(f"/bytes/{size}{query}")
                self.assertEqual((answer.status, answer.exit_status, len(answer.body)), (200, 0, size), answer.errors)
                self.assertEqual(answer.body, pattern(size))
                self.assertEqual(answer["content-length"], None if query else str(size))
                self.assertLogged(line, road, status=200, bytes_out=size, reason=None)

    @on_every_road
    def test_upload(self, road):
        for size in (0, 1, 65536, 5 * MEGABYTE):
            path, digest = self.write_file(size)
            answer, line = road.fetch("/upload", "--data-binary", f"@{path}")
            told = json.loads(answer.body)
            self.assertEqual((told["bytes"], told["sha256"]), (size, digest))
            self.assertEqual(told["contentLength"], str(size))
            self.assertLogged(line, road, method="POST", bytes_in=size, bytes_out=len(answer.body), reason=None)

    @on_every_road
    def test_upload_of_unknown_length(self, road):
        for size in (0, 1, 5 * MEGABYTE):
            path, digest = self.write_file(size)
            with path.open("rb") as content:
                child = Child(road.command("/upload", "--upload-file", "-"), stdin=content)
            self.assertEqual(child.wait(), 0, str(child))
            told = json.loads(str(child.stdout))
            self.assertEqual((told["bytes"], told["sha256"]), (size, digest))
            if road.backend_protocol == "http/1.1" and size:
                self.assertEqual((told["contentLength"], told["transferEncoding"]), (None, "chunked"))

    @on_every_road
    def test_head(self, road):
        answer, line = road.fetch("/bytes/1000", "--head")
        self.assertEqual((answer.status, answer["content-length"], answer.body), (200, "1000", answer.body))
        self.assertLogged(line, road, method="HEAD", status=200, bytes_out=0, reason=None)
        # The connection behind the gateway still stands where the next answer begins.
        self.assertEqual(road.ask("/small/1").body[:8], b"small 1\n")

    @on_every_road
    def test_statuses(self, road):
        for status in (200, 201, 204, 304, 400, 401, 404, 418, 500, 502, 503, 504):
            answer, line = road.fetch(f"/status/{status}")
            body = b"" if status in (204, 304) else b"status %d\n" % status
            self.assertEqual((answer.status, answer.body, answer.exit_status), (status, body, 0), answer.errors)
            self.assertEqual(answer["etag"], '"tag"')
            self.assertLogged(line, road, status=status, bytes_out=len(body), reason=None)
            if status == 204:
                # RFC 9110 §8.6, RFC 9112 §6.1
                self.assertEqual((answer["content-length"], answer["transfer-encoding"]), (None, None))

    @on_every_road
    def test_trailers_of_answers(self, road):
        answer, line = road.fetch("/trailers", "--header", "TE: trailers")
        self.assertEqual((answer.status, answer.body), (200, b"one two"))
        self.assertEqual(answer.trailers, [("x-checksum", "abc123"), ("x-second", "yes")])
        self.assertLogged(line, road, bytes_out=7, reason=None)

    @on_every_road
    def test_trailers_of_requests(self, road):
        stream = road.open("POST", "/upload", [("trailer", "x-sum")])
        with contextlib.closing(stream):
            stream.send(b"abc")
            stream.end([("x-sum", "99")])
            status, fields = stream.head()
            told = json.loads(stream.receive(int(fields["content-length"])))
        self.assertEqual((status, told["bytes"], told["trailers"]), (200, 3, {"x-sum": "99"}))

    @on_every_road
    def test_early_hints(self, road):
        answer, line = road.fetch("/hints")
        self.assertEqual((answer.status, answer.body), (200, b"after the hints\n"))
        self.assertEqual([status for status, _ in answer.interim], [103])
        self.assertIn(("link", "</style.css>; rel=preload; as=style"), answer.interim[0][1])
        self.assertLogged(line, road, status=200, reason=None)

    @on_every_road
    def test_expect_continue(self, road):
        # curl would wait half a minute for the interim answer before it gave up and sent the body.
        options = ["--header", "Expect: 100-continue", "--expect100-timeout", "30"]
        answer, line = road.fetch("/upload", *options, "--data-binary", "hello")
        self.assertEqual((answer.status, json.loads(answer.body)["bytes"]), (200, 5))
        self.assertEqual([status for status, _ in answer.interim], [100])
        self.assertLess(line["total_ms"], 20000)
        self.assertLogged(line, road, bytes_in=5, reason=None)

    @on_every_road
    def test_early_answer(self, road):
        before = len(road.gateway.requests())
        stream = road.open("POST", "/early")
        with contextlib.closing(stream):
            # The body is not even half there, and may never be wanted (RFC 9113 §8.1, RFC 9112 §9.6).
            stream.send(b"x" * 30000)
            self.assertEqual(stream.head()[0], 413)
            self.assertEqual(stream.receive(8), b"too much")
            with contextlib.suppress(Broken, OSError):
                for _ in range(100):
                    stream.send(b"x" * 30000)
        line = road.gateway.wait_for_requests(before + 1)[before]
        self.assertLogged(line, road, status=413, bytes_out=8)
        self.assertEqual(road.ask("/small/1").status, 200)

    @on_every_road
    def test_slow_answer(self, road):
        answer, line = road.fetch("/slow/30/3")
        self.assertEqual((answer.status, answer.body), (200, b"piece 3\npiece 2\npiece 1\n"))
        self.assertGreaterEqual(line["total_ms"], 60)

    @on_every_road
    def test_server_sent_events(self, road):
        child = self.closing(Child(road.command("/events/3?wait=1", "--no-buffer")))
        for number in range(3):
            # It has come here before the next is asked for: nobody between holds it back.
            child.stdout.wait_for(lambda lines: f"data: event {number}" in lines)
            if number < 2:
                self.assertEqual(road.ask("/next").body, b"1")
        self.assertEqual(child.wait(), 0, str(child))
        line = road.gateway.wait_for_request(path="/events/3", protocol=road.protocol)
        self.assertFacts(line, status=200, reason=None)

    @on_every_road
    def test_both_directions_at_once(self, road):
        stream = road.open("POST", "/echo")
        with contextlib.closing(stream):
            self.assertEqual(stream.head()[0], 200)
            for size in (1, 10, 70000, 1):
                piece = os.urandom(size)
                stream.send(piece)
                self.assertEqual(stream.receive(size), piece)
            stream.end()

    @on_every_road
    def test_client_that_leaves(self, road):
        stream = self.closing(road.open("POST", "/hold"))
        before = len(road.app.events("abandoned", path="/hold"))
        road.app.wait_for("request", count=before + 1, path="/hold")
        stream.reset()
        # The backend's work is cancelled.
        road.app.wait_for("abandoned", count=before + 1, path="/hold")
        line = road.gateway.wait_for_request(path="/hold", protocol=road.protocol)
        self.assertIn(line["reason"], ("client_closed", "client_reset"), line)
        self.assertEqual(road.ask("/small/1").status, 200)

    @on_every_road
    def test_client_that_leaves_in_a_download(self, road):
        stream = self.closing(road.open("POST", f"/bytes/{1000 * MEGABYTE}"))
        before = len(road.app.events("abandoned"))
        stream.end()
        self.assertEqual(stream.head()[0], 200)
        stream.receive(1000)
        stream.reset()
        road.app.wait_for("abandoned", count=before + 1)
        self.assertEqual(road.ask("/small/1").status, 200)

    @on_every_road
    def test_many_requests_on_one_connection(self, road):
        port, count = road.gateway.port, 50
        before = len(road.app.events("connected"))
        urls = [f"https://{road.host}:{port}/small/{number}" for number in range(count)]
        child = self.closing(Child(road.command("/small/0", *urls, "--write-out", "%{num_connects} %{http_code}\n")))
        self.assertEqual(child.wait(), 0, str(child))
        told = [line for line in str(child.stdout).replace(".0 200", ".\n0 200").splitlines() if line.endswith(" 200")]
        self.assertEqual(len(told), count + 1, str(child))
        # One after the other, so that one connection to the backend is enough; each shard may have its own.
        self.assertLessEqual(len(road.app.events("connected")) - before, 1)


class Http10(HttpTest):
    def test_chunks_are_not_for_http_1_0(self):
        app = self.make_app()
        gateway = self.serve_http(f'http = "{app.url}"')
        fetch = functools.partial(exchanges.fetch, gateway.port, "/bytes/100000?chunked=1", "--no-alpn", "--http1.0")
        answer, line = gateway.after_request(fetch)
        # RFC 9112 §6.1: the body ends with the connection.
        self.assertEqual((answer.status, answer["transfer-encoding"], answer.exit_status), (200, None, 0))
        self.assertEqual(answer.body, exchanges.pattern(100000))
        self.assertFacts(line, protocol="http/1.0", bytes_out=100000, reason=None)


if __name__ == "__main__":
    unittest.main()
