"""`openssl s_client` gets the protocol that the routes say, or the alert that RFC 7301 asks for."""

import re
import unittest

import clients
from certificates import make_self_signed
from gateway import GatewayTest

NO_APPLICATION_PROTOCOL = 120

# The offer, and what the gateway answers, by its own order and by the client's.
OFFERS = (
    (["h2"], "h2", "h2"),
    (["http/1.1"], "http/1.1", "http/1.1"),
    (["h2", "http/1.1"], "h2", "h2"),
    (["http/1.1", "h2"], "h2", "http/1.1"),
    (["unknown"], NO_APPLICATION_PROTOCOL, NO_APPLICATION_PROTOCOL),
    (["unknown", "http/1.1"], "http/1.1", "http/1.1"),
    (None, None, None),
)


class Openssl(GatewayTest):
    def expect(self, gateway, port, tls, column, certificate=None):
        for row in OFFERS:
            offer, answer = row[0], row[column]
            with self.subTest(offer=offer, tls=tls, answer=answer):
                seen, line = gateway.after(lambda: clients.openssl(port, offer, tls))
                self.assertFacts(line, sni="localhost", offered=offer, ech_offered=False)
                version = "t12d" if tls == "1.2" else "t13d"
                self.assertRegex(line["ja4"], f"^{version}[0-9]{{4}}.._[0-9a-f]{{12}}_[0-9a-f]{{12}}$")
                if answer == NO_APPLICATION_PROTOCOL:
                    self.assertEqual(seen.alert, answer, seen.body)
                    self.assertFacts(
                        line, verdict="rejected", reason="no_common_protocol", alert=120, selected=None, route=None, tls=None
                    )
                    continue
                self.assertEqual((seen.selected, seen.tls, seen.alert), (answer, tls, None))
                self.assertFacts(line, verdict="terminated", selected=answer, tls=tls, route=1, alert=None, reason=None)
                cipher = re.search(r"Cipher is (\S+)", seen.body)[1]
                self.assertIsNotNone(line["cipher"])
                if tls == "1.3":
                    self.assertEqual(line["cipher"], cipher)
                if certificate:
                    self.assertEqual(seen.certificate, certificate.fingerprint)

    def test_quick_form_tls12(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        self.expect(gateway, gateway.port, "1.2", 1)

    def test_quick_form_tls13(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        self.expect(gateway, gateway.port, "1.3", 1)

    def serve_both_orders(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        gateway = self.serve(
            f"""
            [[listen]]
            name = "ours"
            address = "127.0.0.1:0"
            [[listen]]
            name = "theirs"
            address = "127.0.0.1:0"
            order = "client"
            [[certificate]]
            chain = "{certificate.chain}"
            key = "{certificate.key}"
            [[route]]
            inspect = true
            """,
            listeners=2,
        )
        return gateway, certificate

    def test_configured_tls12(self):
        gateway, certificate = self.serve_both_orders()
        self.expect(gateway, gateway.addresses[0][1], "1.2", 1, certificate)

    def test_configured_tls13(self):
        gateway, certificate = self.serve_both_orders()
        self.expect(gateway, gateway.addresses[0][1], "1.3", 1, certificate)

    def test_clients_order_tls12(self):
        gateway, certificate = self.serve_both_orders()
        self.expect(gateway, gateway.addresses[1][1], "1.2", 2, certificate)

    def test_clients_order_tls13(self):
        gateway, certificate = self.serve_both_orders()
        self.expect(gateway, gateway.addresses[1][1], "1.3", 2, certificate)

    def test_mismatch_policies(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        listeners = "".join(
            f"""
            [[listen]]
            name = "{policy}"
            address = "127.0.0.1:0"
            mismatch = "{policy}"
            """
            for policy in ("reject", "ignore", "report")
        )
        gateway = self.serve(
            f"""
            {listeners}
            [[certificate]]
            chain = "{certificate.chain}"
            key = "{certificate.key}"
            [[route]]
            inspect = true
            """,
            listeners=3,
        )
        for (_, port), policy in zip(gateway.addresses, ("reject", "ignore", "report")):
            for tls in ("1.2", "1.3"):
                with self.subTest(policy=policy, tls=tls):
                    seen, line = gateway.after(lambda: clients.openssl(port, ["unknown"], tls))
                    rejected = policy == "reject"
                    self.assertEqual((seen.alert, seen.selected), (120 if rejected else None, None))
                    self.assertFacts(
                        line,
                        listener=policy,
                        verdict="rejected" if rejected else "terminated",
                        would_reject=policy == "report",
                        selected=None,
                        offered=["unknown"],
                    )

    def test_names_that_no_route_has(self):
        certificate = make_self_signed(self.folder, ["a.example"])
        gateway = self.serve(
            f"""
            [[listen]]
            name = "public"
            address = "127.0.0.1:0"
            [[certificate]]
            chain = "{certificate.chain}"
            key = "{certificate.key}"
            [[route]]
            sni = "a.example"
            alpn = "h2"
            inspect = true
            """
        )
        rows = (
            ("b.example", ["h2"], 112, "unknown_server_name"),
            (None, ["h2"], 109, "missing_server_name"),
            ("a.example", None, 120, "no_alpn_offered"),
        )
        for sni, offer, alert, reason in rows:
            for tls in ("1.2", "1.3"):
                with self.subTest(sni=sni, offer=offer, tls=tls):
                    seen, line = gateway.after(lambda: clients.openssl(gateway.port, offer, tls, sni=sni))
                    self.assertEqual(seen.alert, alert, seen.body)
                    self.assertFacts(line, verdict="rejected", reason=reason, alert=alert, sni=sni)
        seen, _ = gateway.after(lambda: clients.openssl(gateway.port, ["h2"], "1.3", sni="A.Example"))
        self.assertEqual(seen.selected, "h2")


if __name__ == "__main__":
    unittest.main()
