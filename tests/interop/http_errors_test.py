"""What clients and the log are told when a backend fails."""

import contextlib
import functools
import socket
import unittest

import exchanges
from exchanges import PROTOCOLS
from http_streams import Broken
from processes import wait_until
from roads import HttpTest, on_every_road

# curl's exit statuses: a stream was reset; a body ended early, or its connection was reset.
BROKE_OFF = {"h2": (92,), "http/1.1": (18, 56)}


def closed_port():
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        return other.getsockname()[1]


class ErrorTest(HttpTest):
    def assert_short_and_discreet(self, answer, *secrets):
        """A sentence for people, which names no backend."""
        self.assertLess(len(answer.body), 500)
        self.assertTrue(answer.body.strip(), answer.fields)
        self.assertRegex(answer["content-type"], "^text/plain")
        everything = answer.body.decode() + repr(answer.fields)
        for secret in ("127.0.0.1", "unix", "h2c", *secrets):
            self.assertNotIn(secret, everything)


class BrokenBackend(ErrorTest):
    def setUp(self):
        super().setUp()
        self.roads = self.build_roads()

    def assert_bad_gateway(self, road, path, *reasons):
        answer, line = road.fetch(path)
        self.assertEqual((answer.status, answer.exit_status), (502, 0), answer.errors)
        self.assert_short_and_discreet(answer, str(road.app.port))
        self.assertLogged(line, road, status=502, path=path)
        self.assertIn(line["reason"], reasons, line)
        # The client's connection and the route go on.
        self.assertEqual(road.ask("/small/1").status, 200)

    @on_every_road
    def test_ends_before_the_answer(self, road):
        self.assert_bad_gateway(road, "/break/before", "backend_closed", "backend_reset", "bad_response")

    @on_every_road
    def test_ends_in_the_body(self, road):
        for path in ("/break/header", "/break/body"):
            answer, line = road.fetch(path)
            # Nothing may make the part look like the whole.
            self.assertIn(answer.exit_status, BROKE_OFF[road.protocol], answer.errors)
            self.assertLess(len(answer.body), 1000)
            self.assertLogged(line, road, status=200, path=path)
            self.assertIsNotNone(line["reason"], line)
            self.assertEqual(road.ask("/small/1").status, 200)

    def test_is_not_http(self):
        for road in self.roads:
            if road.backend_protocol != "http/1.1":
                continue
            for path in ("garbage", "two-lengths", "length-and-chunked", "large-field"):
                with self.subTest(client=road.protocol, path=path):
                    self.assert_bad_gateway(road, f"/raw/{path}", "bad_response")

    def test_chunks_that_are_none(self):
        for road in self.roads:
            if road.backend_protocol != "http/1.1":
                continue
            with self.subTest(client=road.protocol):
                answer, line = road.fetch("/raw/bad-chunk")
                # The header may have gone out before the first chunk came.
                if answer.status != 502:
                    self.assertIn(answer.exit_status, BROKE_OFF[road.protocol], answer.errors)
                self.assertFacts(line, reason="bad_response")

    def test_odd_but_right(self):
        for road in self.roads:
            if road.backend_protocol != "http/1.1":
                continue
            for path, body in (("until-close", b"until the end"), ("no-reason", b"ok"), ("many-interim", b"ok")):
                with self.subTest(client=road.protocol, path=path):
                    answer, line = road.fetch(f"/raw/{path}")
                    self.assertEqual((answer.status, answer.body, answer.exit_status), (200, body, 0), answer.errors)
                    self.assertLogged(line, road, status=200, reason=None)

    @on_every_road
    def test_reset_reaches_only_its_own_stream(self, road):
        if road.protocol != "h2":
            return
        held = road.open("POST", "/echo")
        with contextlib.closing(held):
            self.assertEqual(held.head()[0], 200)
            broken = held.connection.open("GET", "/break/body", end=True)
            with self.assertRaises(Broken):
                broken.receive(1000)
            held.send(b"still there")
            self.assertEqual(held.receive(11), b"still there")


class AbsentBackend(ErrorTest):
    def each_client(self, gateway, act):
        for option, protocol in PROTOCOLS:
            with self.subTest(client=protocol):
                act(functools.partial(exchanges.fetch, gateway.port, "/small/1", option), protocol)

    def assert_unreachable(self, gateway, secret):
        def ask(fetch, protocol):
            answer, line = gateway.after_request(fetch)
            self.assertEqual((answer.status, answer.exit_status), (502, 0), answer.errors)
            self.assert_short_and_discreet(answer, secret)
            self.assertFacts(line, status=502, reason="backend_unreachable", protocol=protocol, bytes_in=0)
            self.assertIn(secret, line["backend"])
            self.assertTrue(line["error"])

        self.each_client(gateway, ask)

    def test_port_that_refuses(self):
        for scheme in ("http", "h2c"):
            with self.subTest(scheme):
                port = closed_port()
                self.assert_unreachable(self.serve_http(f'http = "{scheme}://127.0.0.1:{port}"'), str(port))

    def test_unix_socket_that_is_not_there(self):
        path = self.folder / "nothing.sock"
        self.assert_unreachable(self.serve_http(f'http = "http://unix:{path}"'), str(path))

    def test_name_that_does_not_resolve(self):
        self.assert_unreachable(self.serve_http('http = "http://nowhere.invalid:80"'), "nowhere.invalid")

    def test_backend_that_never_answers(self):
        app = self.make_app()
        gateway = self.serve_http(f'http = "{app.url}"', top='[limits]\nresponse_timeout = "1s"')

        def ask(fetch, protocol):
            fetch = functools.partial(fetch.func, fetch.args[0], "/hold", *fetch.args[2:])
            answer, line = gateway.after_request(fetch)
            self.assertEqual((answer.status, answer.exit_status), (504, 0), answer.errors)
            self.assert_short_and_discreet(answer, str(app.port))
            self.assertFacts(line, status=504, reason="backend_timeout", protocol=protocol)
            app.wait_for("abandoned", path="/hold", count=len(app.events("request", path="/hold")))

        self.each_client(gateway, ask)

    def test_backend_that_comes_back(self):
        path = self.folder / "app.sock"
        gateway = self.serve_http(f'http = "http://unix:{path}"')
        fetch = functools.partial(exchanges.fetch, gateway.port, "/small/1")
        self.assertEqual(fetch().status, 502)
        self.make_app(unix=str(path))
        # It was set aside for a second; the only backend there is may be tried before that.
        wait_until(lambda: fetch().status == 200, "the backend to be tried again")


class SeveralBackends(ErrorTest):
    def test_in_turn(self):
        for h2c in (False, True):
            with self.subTest(h2c=h2c):
                apps = [self.make_app(h2c=h2c, name=name) for name in ("first", "second")]
                gateway = self.serve_http(f"http = {[app.url for app in apps]}", top="[server]\nworkers = 1")
                for option, _ in PROTOCOLS:
                    names = [exchanges.fetch(gateway.port, "/name", option).body for _ in range(6)]
                    self.assertEqual(names.count(b"first"), 3, names)
                    self.assertEqual(names.count(b"second"), 3, names)

    def test_one_that_is_down_costs_nobody_an_answer(self):
        app, port = self.make_app(), closed_port()
        gateway = self.serve_http(f'http = ["http://127.0.0.1:{port}", "{app.url}"]')
        for method in ("GET", "POST"):
            for option, protocol in PROTOCOLS:
                with self.subTest(client=protocol, method=method):
                    for _ in range(5):
                        arguments = [option] + (["--data-binary", "hello"] if method == "POST" else [])
                        # Answered when all of the body is there: curl 7.88 takes the reset that may follow an early
                        # answer on h2 for a failure.
                        answer = exchanges.fetch(gateway.port, "/upload", *arguments)
                        self.assertEqual(answer.status, 200, answer)

    def test_idempotent_requests_are_tried_again_and_others_are_not(self):
        # Both end the connection without an answer, so the number of tries can be counted.
        apps = [self.make_app(name=name) for name in ("first", "second")]
        gateway = self.serve_http(f"http = {[app.url for app in apps]}")
        for method, tries in (("GET", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)):
            for option, protocol in PROTOCOLS:
                with self.subTest(client=protocol, method=method):
                    before = self.count(apps, method)
                    answer = exchanges.fetch(gateway.port, "/break/before", option, "--request", method)
                    self.assertEqual(answer.status, 502)
                    for app in apps:
                        self.assertEqual(exchanges.fetch(gateway.port, "/name", option).status, 200, app)
                    self.assertEqual(self.count(apps, method) - before, tries)

    def count(self, apps, method):
        return sum(len(app.events("request", method=method, path="/break/before")) for app in apps)


class IdleConnections(ErrorTest):
    def test_one_that_the_backend_closed_harms_no_request(self):
        app = self.make_app(keepAliveTimeout=50)
        gateway = self.serve_http(f'http = "{app.url}"')
        for option, protocol in PROTOCOLS:
            with self.subTest(client=protocol):
                for number in range(1, 4):
                    arguments = [option, "--data-binary", "hello"]
                    answer = exchanges.fetch(gateway.port, "/upload", *arguments)
                    self.assertEqual(answer.status, 200, answer)
                    app.wait_for("disconnected", count=len(app.events("connected")))


if __name__ == "__main__":
    unittest.main()
