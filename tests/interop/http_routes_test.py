"""Which route gets a request: by name, one connection for several names, Unix sockets, the quick form, redirects."""

import contextlib
import functools
import re
import unittest

import exchanges
from exchanges import PROTOCOLS
from http_streams import H2Connection
from processes import run
from roads import HttpTest


class Names(HttpTest):
    def serve_two(self):
        apps = [self.make_app(name=name) for name in ("a", "b")]
        gateway = self.serve_http(
            f'sni = "a.example"\nhttp = "{apps[0].url}"',
            f'sni = ["b.example", "c.example"]\nhttp = "{apps[1].url}"',
        )
        return apps, gateway

    def test_each_name_has_its_backend(self):
        _, gateway = self.serve_two()
        for host, name, route in (("a.example", b"a", 1), ("b.example", b"b", 2), ("c.example", b"b", 2)):
            for option, protocol in PROTOCOLS:
                with self.subTest(host=host, client=protocol):
                    fetch = functools.partial(exchanges.fetch, gateway.port, "/name", option, host=host)
                    answer, line = gateway.after_request(fetch)
                    self.assertEqual((answer.status, answer.body), (200, name))
                    self.assertFacts(line, route=route, protocol=protocol, reason=None)

    def test_request_for_another_routes_name_is_misdirected(self):
        apps, gateway = self.serve_two()
        for option, protocol in PROTOCOLS:
            for authority in ("b.example", f"b.example:{gateway.port}", "B.EXAMPLE", "unknown.example"):
                with self.subTest(client=protocol, authority=authority):
                    arguments = [option, "--header", f"Host: {authority}"]
                    fetch = functools.partial(exchanges.fetch, gateway.port, "/name", *arguments, host="a.example")
                    answer, line = gateway.after_request(fetch)
                    # RFC 9110 §15.5.20
                    self.assertEqual(answer.status, 421)
                    self.assertFacts(line, status=421, reason="misdirected", authority=authority, backend=None)
        self.assertEqual([app.events("request") for app in apps], [[], []])

    def test_names_of_one_route_share_a_connection(self):
        _, gateway = self.serve_two()
        for option, protocol in PROTOCOLS:
            for authority in ("c.example", f"C.example:{gateway.port}"):
                with self.subTest(client=protocol, authority=authority):
                    arguments = [option, "--header", f"Host: {authority}"]
                    answer = exchanges.fetch(gateway.port, "/name", *arguments, host="b.example")
                    self.assertEqual((answer.status, answer.body), (200, b"b"))

    def test_misdirected_request_leaves_the_connection_to_others(self):
        _, gateway = self.serve_two()
        with contextlib.closing(H2Connection(gateway.port, "a.example")) as connection:
            for authority, status in (("b.example", 421), ("a.example", 200), ("b.example", 421), ("a.example", 200)):
                connection.authority = authority
                stream = connection.open("GET", "/name", end=True)
                self.assertEqual(stream.head()[0], status)
                stream.rest()

    def test_without_server_names_any_authority_will_do(self):
        app = self.make_app(name="a")
        gateway = self.serve_http(f'http = "{app.url}"')
        for option, protocol in PROTOCOLS:
            for authority in ("a.example", "whatever:1", "127.0.0.1"):
                with self.subTest(client=protocol, authority=authority):
                    arguments = [option, "--header", f"Host: {authority}"]
                    self.assertEqual(exchanges.fetch(gateway.port, "/name", *arguments).status, 200)

    def test_default_offer(self):
        app = self.make_app()
        gateway = self.serve_http(f'http = "{app.url}"')
        rows = ((["--http2"], "h2"), (["--http1.1"], "http/1.1"), (["--no-alpn", "--http1.1"], None))
        for options, selected in rows:
            with self.subTest(options=options):
                fetch = functools.partial(exchanges.fetch, gateway.port, "/small/1", *options)
                answer, line = gateway.after(fetch)
                self.assertEqual((answer.status, answer.version), (200, "2" if selected == "h2" else "1.1"))
                self.assertFacts(line, action="http", selected=selected, verdict="terminated", reason=None)


class Places(HttpTest):
    def test_unix_sockets(self):
        for h2c in (False, True):
            path = self.folder / f"app-{h2c}.sock"
            app = self.make_app(h2c=h2c, unix=str(path))
            gateway = self.serve_http(f'http = "{app.url}"')
            for option, protocol in PROTOCOLS:
                with self.subTest(client=protocol, h2c=h2c):
                    fetch = functools.partial(exchanges.fetch, gateway.port, "/small/1", option)
                    answer, line = gateway.after_request(fetch)
                    self.assertEqual((answer.status, len(answer.body)), (200, 1000))
                    self.assertFacts(line, protocol=protocol, backend_protocol="h2c" if h2c else "http/1.1")
                    self.assertIn(str(path), line["backend"])

    def test_relative_socket_and_slash_at_the_end(self):
        self.make_app(unix=str(self.folder / "app.sock"))
        app = self.make_app()
        for url in ("http://unix:app.sock", app.url + "/"):
            with self.subTest(url):
                gateway = self.serve_http(f'http = "{url}"')
                self.assertEqual(exchanges.fetch(gateway.port, "/small/1").status, 200)

    def test_backend_by_name(self):
        app = self.make_app()
        gateway = self.serve_http(f'http = "http://localhost:{app.port}"')
        self.assertEqual(exchanges.fetch(gateway.port, "/small/1").status, 200)


class QuickForm(HttpTest):
    def test_serves_the_app(self):
        for h2c in (False, True):
            app = self.make_app(h2c=h2c)
            gateway = self.start("--http", app.url, "--listen", "127.0.0.1:0")
            greeting = gateway.child.stdout.wait_for(lambda lines: lines if "Ctrl-C" in "".join(lines) else None)
            self.assertTrue(greeting[0].startswith(f"Simplon is listening: https://127.0.0.1:{gateway.port}/"))
            for option, protocol in PROTOCOLS:
                with self.subTest(client=protocol, h2c=h2c):
                    fetch = functools.partial(exchanges.fetch, gateway.port, "/small/1", option)
                    answer, line = gateway.after_request(fetch)
                    self.assertEqual((answer.status, len(answer.body)), (200, 1000))
                    self.assertFacts(line, protocol=protocol, route=1)
            commands = [line.split() for line in greeting if line.startswith("  curl ")]
            self.assertEqual(len(commands), 2, greeting)
            for command in commands:
                done = run([*command, "--silent", "--noproxy", "*"], check=True)
                self.assertIn("<title>working</title>", done.stdout)


class Redirects(HttpTest):
    def serve_redirect(self):
        app = self.make_app()
        return self.serve_http(
            f'listen = "public"\nhttp = "{app.url}"',
            listen='[[listen]]\nname = "plain"\naddress = "127.0.0.1:0"\nredirect = true',
            listeners=2,
        )

    def ask(self, gateway, path, *arguments, host="app.example"):
        port = dict(zip(("public", "plain"), (address[1] for address in gateway.addresses)))["plain"]
        return exchanges.fetch(port, path, *arguments, host=host, scheme="http")

    def test_to_https(self):
        gateway = self.serve_redirect()
        for method in ("GET", "HEAD", "POST"):
            with self.subTest(method):
                arguments = ["--head"] if method == "HEAD" else ["--request", method]
                answer = self.ask(gateway, "/a/b?c=d", *arguments)
                self.assertEqual(answer.status, 301, answer.errors)
                self.assertRegex(answer["location"], r"^https://app\.example(:\d+)?/a/b\?c=d$")

    def test_host_without_a_port(self):
        answer = self.ask(self.serve_redirect(), "/", "--header", "Host: www.example")
        self.assertEqual(answer.status, 301)
        self.assertRegex(answer["location"], r"^https://www\.example(:\d+)?/$")

    def test_nothing_is_put_into_the_location_that_is_no_host(self):
        gateway = self.serve_redirect()
        for host in ("a b", "evil.example/x", "user@evil.example", 'a"b', "a\\b"):
            with self.subTest(host):
                answer = self.ask(gateway, "/", "--header", f"Host: {host}")
                self.assertEqual(answer.status, 400, answer.fields)

    def test_many_requests_on_one_connection(self):
        gateway = self.serve_redirect()
        port = gateway.addresses[1][1]
        urls = [f"http://127.0.0.1:{port}/{number}" for number in range(5)]
        options = ["--write-out", "%{num_connects} %{http_code}\n", "--output", "/dev/null"]
        command = exchanges.command(urls[0], *options, *(part for url in urls[1:] for part in (url, *options[2:])))
        self.assertEqual(re.findall(r"\d 301", run(command).stdout), ["1 301"] + ["0 301"] * 4)


if __name__ == "__main__":
    unittest.main()
