"""TLS on both sides, with real servers behind: what they negotiate is what the client gets."""

import socket
import ssl
import unittest

from backends import MARK, Nginx, OpensslServer
from certificates import Authority, make_self_signed
from gateway import GatewayTest
from processes import run
from tap import Tap


class Reencrypt(GatewayTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.backend_identity = self.authority.issue(["localhost"], "backend")
        self.own = make_self_signed(self.folder, ["localhost"], "own")

    def gateway(self, port, *keys, ca=None, before=""):
        more = "\n".join(keys)
        return self.serve(
            f"""{before}
[[listen]]
address = "127.0.0.1:0"
[[certificate]]
chain = "{self.own.chain}"
key = "{self.own.key}"
[[route]]
tls = "localhost:{port}"
ca = "{ca or self.authority.certificate}"
{more}
"""
        )

    def fetch(self, gateway, *arguments):
        return run(["curl", "-sk", "-w", "%{http_version}", *arguments, gateway.url]).stdout.split("\n")

    def handshake(self, gateway, *protocols, version=ssl.TLSVersion.TLSv1_3):
        """The protocol that the gateway answers this offer with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.own.chain)
        context.minimum_version = context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(protocols)
        with socket.create_connection((gateway.host, gateway.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as connected:
                return connected.selected_alpn_protocol()

    def assertAlert(self, name, act):
        with self.assertRaises(ssl.SSLError) as caught:
            act()
        self.assertIn(name, str(caught.exception).lower().replace("_", " "))

    def each_road(self, *keys):
        nginx = self.closing(Nginx(self.folder, self.backend_identity))
        gateway = self.gateway(nginx.port, *keys)
        for option, version, selected in (("--http2", "2", "h2"), ("--http1.1", "1.1", "http/1.1")):
            for tls in ("1.2", "1.3"):
                with self.subTest(selected=selected, tls=tls):
                    answer, line = gateway.after(
                        lambda: self.fetch(gateway, option, f"--tlsv{tls}", "--tls-max", tls)
                    )
                    self.assertEqual(answer, [f"{MARK}nginx", version])
                    self.assertFacts(
                        line, action="tls", selected=selected, tls=tls, backend=f"localhost:{nginx.port}", reason=None
                    )
        return gateway

    def test_nginx(self):
        self.each_road('alpn = ["h2", "http/1.1"]')

    def test_nginx_end_to_end(self):
        gateway = self.each_road("mirror = true")
        # nginx refuses what it does not speak, and so it is the client that is refused.
        self.assertAlert("no application protocol", lambda: self.handshake(gateway, "mqtt"))
        self.assertFacts(gateway.wait_for_connection(offered=["mqtt"]), reason="backend_protocol", alert=120)

    def test_the_servers_order_counts_end_to_end(self):
        for offered in (("postgresql", "acme.example/7"), ("acme.example/7", "postgresql")):
            server = self.closing(OpensslServer(self.backend_identity, alpn=("acme.example/7", "postgresql")))
            gateway = self.gateway(server.port, "mirror = true")
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                self.assertEqual(self.handshake(gateway, *offered, version=version), "acme.example/7")

    def test_no_offer_end_to_end(self):
        server = self.closing(OpensslServer(self.backend_identity, alpn=("h2",)))
        gateway = self.gateway(server.port, "mirror = true")
        self.assertIsNone(self.handshake(gateway))

    def test_end_to_end_the_client_waits_for_no_more_flights(self):
        """Asking the backend first costs its answer's time, and no round trip between client and gateway."""
        nginx = self.closing(Nginx(self.folder, self.backend_identity))
        # The hello, the answer, Finished with the request, the response; TLS 1.2 has two flights of the handshake more
        # (RFC 8446 §2, RFC 5246 §7.3). No tickets, which would come in between at any time.
        expected = {"1.3": ["client", "server"] * 2, "1.2": ["client", "server"] * 3}
        for keys in ('alpn = ["h2", "http/1.1"]', "mirror = true"):
            gateway = self.gateway(nginx.port, keys, before="tls = { tickets = false }")
            for tls, flights in expected.items():
                with self.subTest(keys=keys, tls=tls):
                    tap = self.closing(Tap(gateway.port))
                    url = f"https://localhost:{tap.port}/"
                    answer = run(["curl", "-sk", "--http1.1", f"--tlsv{tls}", "--tls-max", tls, url]).stdout
                    self.assertTrue(answer.startswith(MARK), answer)
                    tap.wait()
                    self.assertEqual(tap.flights[0][: len(flights)], flights)

    def test_a_backend_that_nobody_vouches_for(self):
        nginx = self.closing(Nginx(self.folder, self.backend_identity))
        other = make_self_signed(self.folder, ["localhost"], "other")
        gateway = self.gateway(nginx.port, "mirror = true", ca=other.chain)
        self.assertAlert("internal error", lambda: self.handshake(gateway, "h2"))
        self.assertFacts(gateway.wait_for_connections(1)[0], reason="backend_certificate", alert=80)


if __name__ == "__main__":
    unittest.main()
