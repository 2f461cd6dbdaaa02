"""What the backend is told of client and connection, and what stays between two neighbours."""

import contextlib
import functools
import json
import re
import socket
import unittest

import exchanges
from http_streams import H2Connection
from roads import HttpTest, on_every_road

# Fields that belong to one connection (RFC 9110 §7.6.1), or are of the gateway's own making there.
HOP_BY_HOP = ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "x-private")


def as_backend_got(answer):
    """The fields of the request as the application got it: names in lower case, with all their values."""
    got = {}
    for name, value in json.loads(answer.body)["fields"]:
        got.setdefault(name.lower(), []).append(value)
    return got


def pairs(forwarded):
    """RFC 7239 §4, of one element: names in lower case, values without quotes."""
    found = re.findall(r'([A-Za-z-]+)=("[^"]*"|[^;,]*)', forwarded)
    return {name.lower(): value.strip('"') for name, value in found}


class Fields(HttpTest):
    def setUp(self):
        super().setUp()
        self.roads = self.build_roads()

    @on_every_road
    def test_forwarded(self, road):
        answer, _ = road.fetch("/headers?a=b&c=%20")
        got, authority = as_backend_got(answer), f"{road.host}:{road.gateway.port}"
        self.assertEqual(got["x-forwarded-for"], ["127.0.0.1"])
        self.assertEqual(got["x-forwarded-proto"], ["https"])
        self.assertEqual(got["x-forwarded-host"], [authority])
        self.assertEqual(len(got["forwarded"]), 1)
        told = pairs(got["forwarded"][0])
        self.assertEqual((told["for"], told["proto"], told["host"]), ("127.0.0.1", "https", authority))
        self.assertEqual(got["via"], ["2 simplon" if road.protocol == "h2" else "1.1 simplon"])
        # The authority stays the client's; a request for one host must not become one for another.
        self.assertEqual(got.get("host", got.get(":authority")), [authority])
        self.assertEqual(json.loads(answer.body)["target"], "/headers?a=b&c=%20")

    @on_every_road
    def test_what_a_client_claims_is_replaced(self, road):
        claims = ("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example")
        claims += ("Forwarded: for=192.0.2.1;proto=http;host=evil.example", "X-FORWARDED-FOR: 192.0.2.2")
        answer, _ = road.fetch("/headers", *(part for claim in claims for part in ("--header", claim)))
        got = as_backend_got(answer)
        self.assertEqual(got["x-forwarded-for"], ["127.0.0.1"])
        self.assertEqual(got["x-forwarded-proto"], ["https"])
        self.assertNotIn("192.0.2", answer.body.decode())
        self.assertNotIn("evil.example", answer.body.decode())

    @on_every_road
    def test_via_grows(self, road):
        answer, _ = road.fetch("/headers", "--header", "Via: 1.0 first")
        own = "2 simplon" if road.protocol == "h2" else "1.1 simplon"
        self.assertEqual(", ".join(as_backend_got(answer)["via"]), f"1.0 first, {own}")

    @on_every_road
    def test_fields_of_the_connection_stay_on_it(self, road):
        sent = ["TE: trailers", "Keep-Alive: timeout=9", "Proxy-Connection: keep-alive", "X-Public: 1"]
        if road.protocol == "http/1.1":
            # Malformed in HTTP/2 (RFC 9113 §8.2.2).
            sent += ["Connection: X-Private, keep-alive", "X-Private: 1"]
        else:
            sent = ["TE: trailers", "X-Public: 1"]
        answer, _ = road.fetch("/headers", *(part for field in sent for part in ("--header", field)))
        got = as_backend_got(answer)
        self.assertEqual(got["x-public"], ["1"])
        for name in HOP_BY_HOP:
            allowed = [["keep-alive"]] if name == "connection" and road.backend_protocol == "http/1.1" else []
            self.assertIn(got.get(name), [None, *allowed], name)
        for name in HOP_BY_HOP:
            # What the application's server said of its own connection: it did send Connection and Keep-Alive.
            allowed = [["keep-alive"]] if name == "connection" and road.protocol == "http/1.1" else []
            self.assertIn(answer.values(name) or None, [None, *allowed], name)

    @on_every_road
    def test_fields_of_answers(self, road):
        answer, _ = road.fetch("/headers")
        self.assertEqual(answer.values("set-cookie"), ["a=1", "b=2"])
        self.assertEqual(answer["x-empty"], "")
        self.assertEqual(answer["content-type"], "application/json")
        self.assertEqual(len(answer.values("date")), 1)

    @on_every_road
    def test_many_and_large_fields(self, road):
        fields = [f"X-Number-{number}: {'v' * 100}" for number in range(60)] + [f"X-Large: {'w' * 4000}"]
        answer, _ = road.fetch("/headers", *(part for field in fields for part in ("--header", field)))
        got = as_backend_got(answer)
        self.assertEqual([len(got[f"x-number-{number}"][0]) for number in range(60)], [100] * 60)
        self.assertEqual(len(got["x-large"][0]), 4000)

    @on_every_road
    def test_methods(self, road):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
            answer, line = road.fetch("/headers", "--request", method)
            self.assertEqual((answer.status, json.loads(answer.body)["method"]), (200, method))
            self.assertFacts(line, method=method)

    @on_every_road
    def test_options_of_the_server_itself(self, road):
        # RFC 9112 §3.2.4: the target goes on as it is. The application knows no such resource.
        options = [road.option, "--request", "OPTIONS", "--request-target", "*"]
        ask = functools.partial(exchanges.fetch, road.gateway.port, "/", *options, host=road.host)
        answer, line = road.gateway.after_request(ask, path="*")
        self.assertEqual(answer.status, 404)
        self.assertLogged(line, road, method="OPTIONS", status=404)

    def test_cookies_that_came_in_crumbs(self):
        for road in self.roads:
            if road.protocol != "h2":
                continue
            with self.subTest(backend=road.backend_protocol):
                with contextlib.closing(H2Connection(road.gateway.port, road.host)) as connection:
                    crumbs = [("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")]
                    stream = connection.open("GET", "/headers", crumbs, end=True)
                    self.assertEqual(stream.head()[0], 200)
                    fields = json.loads(stream.rest())["fields"]
                cookies = [value for name, value in fields if name.lower() == "cookie"]
                # RFC 9113 §8.2.3: joined with "; " before they are passed to HTTP/1.1.
                self.assertEqual("; ".join(cookies), "a=1; b=2; c=3")
                if road.backend_protocol == "http/1.1":
                    self.assertEqual(len(cookies), 1)


class Ipv6Client(HttpTest):
    def test_address_in_brackets(self):
        with contextlib.closing(socket.socket(socket.AF_INET6)) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                self.skipTest("this machine has no IPv6")
        app = self.make_app()
        gateway = self.serve_http(f'http = "{app.url}"', address="[::1]:0")
        resolve = ["--resolve", f"localhost:{gateway.port}:[::1]"]
        answer = exchanges.fetch(gateway.port, "/headers", *resolve, host="localhost")
        got = as_backend_got(answer)
        self.assertEqual(got["x-forwarded-for"], ["::1"])
        # RFC 7239 §6: in brackets, and therefore in quotes.
        self.assertIn('for="[::1]"', got["forwarded"][0])


if __name__ == "__main__":
    unittest.main()
