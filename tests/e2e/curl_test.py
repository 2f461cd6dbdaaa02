"""curl sees the inspector over the protocol that it offered, and the log agrees."""

import json
import unittest

import clients
from certificates import make_self_signed
from gateway import GatewayTest

# What curl is told, what it then offers, what the gateway selects.
OFFERS = (
    (["--http2"], ["h2", "http/1.1"], "h2"),
    (["--http1.1"], ["http/1.1"], "http/1.1"),
    (["--no-alpn", "--http1.1"], None, None),
)


class Curl(GatewayTest):
    def expect(self, gateway, tls, *, route):
        for arguments, offered, selected in OFFERS:
            with self.subTest(arguments=arguments, tls=tls):
                seen, line = gateway.after(lambda: clients.curl(gateway.port, arguments, tls, path="json"))
                self.assertEqual((seen.selected, seen.tls), (selected, tls))
                facts = {"sni": "localhost", "offered": offered, "selected": selected, "tls": tls}
                page = json.loads(seen.body)
                self.assertEqual({name: page[name] for name in facts}, facts)
                self.assertEqual(page["request_protocol"], "HTTP/2" if selected == "h2" else "HTTP/1.1")
                self.assertFacts(
                    line, verdict="terminated", action="inspect", route=route, reason=None, alert=None, error=None, **facts
                )
                self.assertGreater(line["bytes_out"], len(seen.body))

    def test_quick_form_tls12(self):
        self.expect(self.start("--listen", "127.0.0.1:0"), "1.2", route=1)

    def test_quick_form_tls13(self):
        self.expect(self.start("--listen", "127.0.0.1:0"), "1.3", route=1)

    def serve_configured(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        return self.serve(
            f"""
            [[listen]]
            name = "public"
            address = "127.0.0.1:0"
            [[certificate]]
            chain = "{certificate.chain}"
            key = "{certificate.key}"
            [[route]]
            sni = "elsewhere.example"
            reject = true
            [[route]]
            inspect = true
            """
        )

    def test_configured_tls12(self):
        self.expect(self.serve_configured(), "1.2", route=2)

    def test_configured_tls13(self):
        self.expect(self.serve_configured(), "1.3", route=2)

    def test_page_is_html_for_those_who_ask_for_it(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        seen = clients.curl(gateway.port, ["--http2", "-H", "Accept: text/html"], "1.3")
        self.assertTrue(seen.body.startswith("<!doctype html>"), seen.body[:200])
        self.assertIn("You negotiated <code>h2</code>", seen.body)

    def test_plain_http_is_told_the_https_url(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        done, line = gateway.after(
            lambda: clients.run(["curl", "-sS", "-i", "--noproxy", "*", f"http://127.0.0.1:{gateway.port}/"])
        )
        self.assertTrue(done.stdout.startswith("HTTP/1.1 400 "), done.stdout + done.stderr)
        self.assertIn(f"https://127.0.0.1:{gateway.port}/", done.stdout)
        self.assertFacts(line, verdict="rejected", reason="plain_http", alert=None, offered=None, selected=None)

    def test_request_body_and_many_requests_on_one_connection(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        for version in ("--http2", "--http1.1"):
            with self.subTest(version):
                url = f"https://127.0.0.1:{gateway.port}/json"
                arguments = ["curl", "-sSk", "--noproxy", "*", version, "-w", "%{num_connects} %{http_code}\n"]
                done, _ = gateway.after(lambda: clients.run([*arguments, *("-o", "/dev/null", url) * 20]))
                self.assertEqual(done.stdout.splitlines(), ["1 200"] + ["0 200"] * 19, done.stderr)


if __name__ == "__main__":
    unittest.main()
