"""Chromium and Firefox use a web application through the gateway: over h2, and over http/1.1 where they are told to.

The page fetches many small resources, downloads, uploads, speaks on a WebSocket and reads events; it checks what it
gets and sends its verdict to the application.
"""

import unittest

from browsers import BROWSER_PATIENCE, start_chromium, start_firefox
from certificates import Authority
from roads import HttpTest

DOWNLOAD = 200 * 1024 * 1024
UPLOAD = 20 * 1024 * 1024
HTTP1_FIREFOX = {"network__http__http2__enabled": False}


class BrowserTest(HttpTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue(["localhost", "a.example", "b.example"])

    def chromium(self, url, *arguments):
        self.closing(start_chromium(self.folder, url, self.certificate, *arguments))

    def firefox(self, url, **settings):
        self.closing(start_firefox(self.folder, url, self.authority, **settings))

    def wait_for_verdict(self, app):
        return app.wait_for("verdict", timeout=BROWSER_PATIENCE)["verdict"]


class Application(BrowserTest):
    def setUp(self):
        super().setUp()
        self.app = self.make_app()
        self.gateway = self.serve_http(f'http = "{self.app.url}"')

    def assert_content(self, protocol, *, socket_over_h2):
        verdict = self.wait_for_verdict(self.app)
        self.assertEqual(verdict["resources"], 100, verdict)
        self.assertEqual(verdict["download"], {"size": DOWNLOAD, "wrong": 0})
        self.assertEqual(verdict["upload"], {"bytes": UPLOAD, "same": True})
        socket = {"echoes": ["hello", "häßlich ✓", True], "code": 1000, "subprotocol": "chat"}
        self.assertEqual(verdict["websocket"], socket)
        self.assertEqual(verdict["events"], ["event 0", "event 1", "event 2"])
        self.assertEqual(verdict["protocols"], [protocol])
        self.assert_log(protocol, socket_over_h2)

    def assert_log(self, protocol, socket_over_h2):
        self.gateway.wait_for_request(path="/verdict", method="POST")
        lines = [line for line in self.gateway.requests() if line["path"] != "/favicon.ico"]
        small = [line for line in lines if line["path"].startswith("/small/")]
        self.assertEqual(len({line["path"] for line in small}), 100)
        for path, facts in (
            ("/", {"method": "GET"}),
            (f"/bytes/{DOWNLOAD}", {"method": "GET", "bytes_out": DOWNLOAD}),
            ("/upload", {"method": "POST", "bytes_in": UPLOAD}),
            ("/events/3", {"method": "GET"}),
            ("/small/99", {"bytes_out": 1000}),
        ):
            line = self.gateway.wait_for_request(path=path)
            self.assertFacts(line, protocol=protocol, status=200, reason=None, error=None, **facts)
        line = self.gateway.wait_for_request(path="/socket")
        self.assertFacts(line, protocol="h2" if socket_over_h2 else "http/1.1", method="GET", status=101)
        others = {line["protocol"] for line in lines if line["path"] != "/socket"}
        self.assertEqual(others, {protocol})
        self.assertEqual({line["backend_protocol"] for line in lines}, {"http/1.1"})

    def test_chromium_h2(self):
        self.chromium(self.gateway.url)
        self.assert_content("h2", socket_over_h2=True)

    def test_chromium_http1(self):
        self.chromium(self.gateway.url, "--disable-http2")
        self.assert_content("http/1.1", socket_over_h2=False)

    def test_firefox_h2(self):
        self.firefox(self.gateway.url)
        self.assert_content("h2", socket_over_h2=True)

    def test_firefox_http1(self):
        self.firefox(self.gateway.url, **HTTP1_FIREFOX)
        self.assert_content("http/1.1", socket_over_h2=False)


class H2cApplication(BrowserTest):
    """The same page from an application that speaks HTTP/2 itself; it has no WebSockets."""

    def setUp(self):
        super().setUp()
        self.app = self.make_app(h2c=True)
        self.gateway = self.serve_http(f'http = "{self.app.url}"')

    def assert_content(self):
        verdict = self.wait_for_verdict(self.app)
        self.assertEqual(verdict["resources"], 100, verdict)
        self.assertEqual(verdict["download"], {"size": UPLOAD, "wrong": 0})
        self.assertEqual(verdict["upload"], {"bytes": UPLOAD, "same": True})
        self.assertEqual(verdict["events"], ["event 0", "event 1", "event 2"])
        self.assertFacts(self.gateway.wait_for_request(path="/upload"), backend_protocol="h2c", protocol="h2")

    def test_chromium(self):
        self.chromium(f"{self.gateway.url}?download={UPLOAD}&websocket=no")
        self.assert_content()

    def test_firefox(self):
        self.firefox(f"{self.gateway.url}?download={UPLOAD}&websocket=no")
        self.assert_content()


class Coalescing(BrowserTest):
    """Two names, one address, one certificate: the connection of one may serve the other (RFC 9113 §9.1.1)."""

    def setUp(self):
        super().setUp()
        self.apps = {host: self.make_app(name=host) for host in ("a.example", "b.example")}
        self.gateway = self.serve_http(*(f'sni = "{host}"\nhttp = "{app.url}"' for host, app in self.apps.items()))

    def url(self):
        port = self.gateway.port
        return f"https://a.example:{port}/other?authority=b.example:{port}"

    def assert_other_backend(self):
        self.assertEqual(self.wait_for_verdict(self.apps["a.example"]), {"status": 200, "name": "b.example"})
        self.assertEqual(self.apps["a.example"].events("request", path="/name"), [])
        return [line for line in self.gateway.requests() if line["reason"] == "misdirected"]

    def test_chromium(self):
        # It makes a connection for each name, as long as its addresses come from that option.
        self.chromium(self.url(), "--host-resolver-rules=MAP *.example 127.0.0.1")
        self.assertEqual(self.assert_other_backend(), [])

    def test_firefox(self):
        self.firefox(self.url(), network__dns__localDomains="a.example,b.example")
        # It tries the connection that it has, is told 421 and makes another; on which it may ask for a.example's icon.
        misdirected = self.assert_other_backend()
        self.assertEqual({line["status"] for line in misdirected}, {421})
        self.assertEqual(misdirected[0]["authority"], f"b.example:{self.gateway.port}")


if __name__ == "__main__":
    unittest.main()
