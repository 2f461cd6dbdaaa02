"""Chromium and Firefox load the inspector's page; page and log say what they negotiated."""

import json
import re
import unittest

from browsers import BROWSER_PATIENCE, chromium, firefox, picture_folder
from certificates import Authority, make_self_signed
from gateway import GatewayTest
from tap import Tap

_PNG = b"\x89PNG\r\n\x1a\n"


class Browsers(GatewayTest):
    def assert_picture(self, path, least_bytes=20000):
        # A blank or an error page compresses to a few thousand bytes.
        content = path.read_bytes()
        self.assertTrue(content.startswith(_PNG))
        self.assertGreater(len(content), least_bytes)

    def assert_chromium_line(self, gateway, selected, sni="localhost"):
        # A browser may open a second connection ahead of need, and break it when it quits: that one has an error.
        line = gateway.wait_for_connection(selected=selected, error=None)
        self.assertFacts(line, verdict="terminated", sni=sni, tls="1.3")
        self.assertTrue(line["ech_offered"])
        self.assertIn(selected, line["offered"])
        self.assertRegex(line["ja4"], "^t13d[0-9]{4}h2_" if sni else "^t13i[0-9]{4}h2_")
        return line

    def load(self, gateway, certificate, url, *arguments):
        return chromium(self.folder, url, certificate, "--dump-dom", *arguments)

    def test_chromium_h2(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        gateway = self.serve_page(certificate)
        picture = picture_folder(self.folder) / "chromium.png"
        document = self.load(gateway, certificate, gateway.url, f"--screenshot={picture}")
        self.assertIn("You negotiated <code>h2</code>", document)
        self.assertIn("localhost", document)
        self.assert_chromium_line(gateway, "h2")
        self.assert_picture(picture)

    def test_chromium_json_and_the_size_of_its_hello(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        gateway = self.serve_page(certificate)
        document = self.load(gateway, certificate, gateway.url + "json")
        facts = json.loads(re.search(r"\{.*\}", document, re.S)[0])
        self.assertEqual((facts["selected"], facts["request_protocol"], facts["ech_offered"]), ("h2", "HTTP/2", True))
        self.assertEqual(facts["offered"], ["h2", "http/1.1"])
        # X25519MLKEM768's share alone has 1,216 bytes.
        self.assertGreater(facts["hello_bytes"], 1400)
        self.assertIn("X25519MLKEM768", " ".join(facts["groups_offered"]))

    def test_chromium_hello_in_two_segments(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        gateway = self.serve_page(certificate)
        tap = self.closing(Tap(gateway.port, split=1200))
        document = self.load(gateway, certificate, f"https://localhost:{tap.port}/")
        self.assertIn("You negotiated <code>h2</code>", document)
        self.assertGreater(len(tap.wait()[0][0]), 1200)
        self.assert_chromium_line(gateway, "h2")

    def test_chromium_without_server_name(self):
        certificate = make_self_signed(self.folder, ["127.0.0.1"])
        gateway = self.serve_page(certificate)
        document = self.load(gateway, certificate, f"https://127.0.0.1:{gateway.port}/")
        self.assertIn("You negotiated <code>h2</code>", document)
        self.assert_chromium_line(gateway, "h2", sni=None)

    def test_chromium_where_the_route_has_http1_only(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        gateway = self.serve_page(certificate, 'alpn = "http/1.1"')
        document = self.load(gateway, certificate, gateway.url)
        self.assertIn("You negotiated <code>http/1.1</code>", document)
        line = self.assert_chromium_line(gateway, "http/1.1")
        self.assertIn("h2", line["offered"])

    def test_firefox(self):
        authority = Authority(self.folder)
        gateway = self.serve_page(authority.issue(["localhost"]))
        picture = picture_folder(self.folder) / "firefox.png"
        firefox(self.folder, gateway.url, authority, picture)
        line = gateway.wait_for_connection(selected="h2", error=None, timeout=BROWSER_PATIENCE)
        self.assertFacts(line, verdict="terminated", tls="1.3", sni="localhost")
        self.assertEqual(line["offered"][:2], ["h2", "http/1.1"])
        self.assertRegex(line["ja4"], "^t13d[0-9]{4}h2_")
        self.assertGreater(line["bytes_out"], 5000)
        self.assert_picture(picture)


if __name__ == "__main__":
    unittest.main()
