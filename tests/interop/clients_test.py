"""Clients on five TLS stacks negotiate what they offered, on TLS 1.2 and 1.3; client, page and log agree."""

import json
import unittest
from pathlib import Path

import clients
from certificates import make_self_signed
from gateway import GatewayTest

HERE = Path(__file__).resolve().parent
VERSIONS = ("1.2", "1.3")
NO_APPLICATION_PROTOCOL = 120

# The offer, and the answer by the server's order and by the client's.
OFFERS = (
    (["h2"], "h2", "h2"),
    (["http/1.1"], "http/1.1", "http/1.1"),
    (["h2", "http/1.1"], "h2", "h2"),
    (["http/1.1", "h2"], "h2", "http/1.1"),
    (["h3", "http/1.1"], "http/1.1", "http/1.1"),
    (["h3"], NO_APPLICATION_PROTOCOL, NO_APPLICATION_PROTOCOL),
    (None, None, None),
)


class Clients(GatewayTest):
    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, ["localhost"])
        self.gateway = self.serve(
            f"""
            [[listen]]
            name = "server"
            address = "127.0.0.1:0"
            [[listen]]
            name = "client"
            address = "127.0.0.1:0"
            order = "client"
            [[certificate]]
            chain = "{self.certificate.chain}"
            key = "{self.certificate.key}"
            [[route]]
            inspect = true
            """,
            listeners=2,
        )

    def expect(self, connect):
        """`connect(port, offer, tls)` for every offer, version and order."""
        for offer, *answers in OFFERS:
            for tls in VERSIONS:
                for (_, port), order, answer in zip(self.gateway.addresses, ("server", "client"), answers):
                    with self.subTest(offer=offer, tls=tls, order=order):
                        seen, line = self.gateway.after(lambda: connect(port, offer, tls))
                        self.assert_agreed(seen, line, offer, tls, order, answer)

    def assert_agreed(self, seen, line, offer, tls, order, answer):
        self.assertFacts(line, listener=order, offered=offer, sni="localhost")
        if answer == NO_APPLICATION_PROTOCOL:
            self.assertEqual((seen.alert, seen.selected), (answer, None))
            self.assertFacts(line, verdict="rejected", alert=answer, selected=None, reason="no_common_protocol")
            return
        self.assertEqual((seen.selected, seen.tls, seen.alert), (answer, tls, None))
        self.assertEqual(seen.certificate, self.certificate.fingerprint)
        self.assertFacts(line, verdict="terminated", selected=answer, tls=tls)
        # A client that leaves without reading what comes after the handshake makes its kernel send a reset.
        if line["reason"] != "client_reset":
            self.assertFacts(line, reason=None, error=None)

    def assert_page(self, seen, selected, tls):
        page = json.loads(seen.body)
        self.assertEqual((seen.selected, seen.tls), (selected, tls))
        self.assertEqual((page["selected"], page["tls"], page["offered"][0]), (selected, tls, selected))

    def test_openssl(self):
        self.expect(clients.openssl)

    def test_gnutls(self):
        self.expect(clients.gnutls)

    def test_python(self):
        self.expect(clients.python)

    def test_go(self):
        binary = clients.build_go(HERE / "client.go", self.folder)
        self.expect(lambda port, offer, tls: clients.go(binary, port, offer, tls))
        for tls in VERSIONS:
            for offer in (["h2", "http/1.1"], ["http/1.1"]):
                with self.subTest("net/http", offer=offer, tls=tls):
                    self.assert_page(clients.go(binary, self.gateway.port, offer, tls, path="/json"), offer[0], tls)

    def test_node(self):
        script = HERE / "client.js"
        self.expect(lambda port, offer, tls: clients.node(script, port, offer, tls))
        for tls in VERSIONS:
            with self.subTest("http2", tls=tls):
                self.assert_page(clients.node(script, self.gateway.port, ["h2"], tls, path="/json"), "h2", tls)

    def test_curl(self):
        # curl says what it offers only by these options.
        rows = (
            (["--http2"], ["h2", "http/1.1"], "h2"),
            (["--http1.1"], ["http/1.1"], "http/1.1"),
            (["--no-alpn", "--http1.1"], None, None),
        )
        for arguments, offer, answer in rows:
            for tls in VERSIONS:
                with self.subTest(arguments=arguments, tls=tls):
                    seen, line = self.gateway.after(
                        lambda: clients.curl(self.gateway.port, arguments, tls, path="json")
                    )
                    self.assertEqual((seen.selected, seen.tls), (answer, tls))
                    self.assertEqual(json.loads(seen.body)["selected"], answer)
                    self.assertFacts(line, offered=offer, selected=answer, tls=tls, verdict="terminated")


if __name__ == "__main__":
    unittest.main()
