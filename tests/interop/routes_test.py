"""One port, several real backends: by protocol and by name."""

import socket
import ssl
import unittest

import clients
from backends import MARK, Echo, Nginx, OpensslServer, PlainHttp
from certificates import make_self_signed
from gateway import GatewayTest
from processes import run

VERSIONS = ("1.2", "1.3")


class Routes(GatewayTest):
    def make_certificate(self, name):
        return make_self_signed(self.folder, [name], label=name)

    def make_nginx(self, certificate=None):
        folder = self.folder / "nginx"
        folder.mkdir()
        return self.closing(Nginx(folder, certificate))

    def listener(self, certificate=None):
        text = '[[listen]]\nname = "public"\naddress = "127.0.0.1:0"\n'
        if certificate:
            text += f'[[certificate]]\nchain = "{certificate.chain}"\nkey = "{certificate.key}"\n'
        return text

    def test_by_protocol(self):
        for_h2, for_http1, for_acme = (self.make_certificate(name) for name in ("h2", "http1", "acme"))
        nginx = self.make_nginx(for_h2)
        plain = self.closing(OpensslServer(for_http1, alpn=["http/1.1"]))
        acme = self.closing(OpensslServer(for_acme, alpn=["acme-tls/1"], www=False))
        gateway = self.serve(
            self.listener()
            + f"""
            [[route]]
            alpn = {{ only = "acme-tls/1" }}
            pass = "127.0.0.1:{acme.port}"
            [[route]]
            alpn = "h2"
            pass = "127.0.0.1:{nginx.port}"
            [[route]]
            alpn = "http/1.1"
            pass = "127.0.0.1:{plain.port}"
            """
        )
        rows = (
            (["acme-tls/1"], 1, for_acme, "acme-tls/1"),
            (["h2"], 2, for_h2, "h2"),
            (["h2", "http/1.1"], 2, for_h2, "h2"),
            (["http/1.1", "h2"], 2, for_h2, "h2"),
            (["http/1.1"], 3, for_http1, "http/1.1"),
            # Not alone, so no challenge (RFC 8737 §3).
            (["acme-tls/1", "http/1.1"], 3, for_http1, "http/1.1"),
        )
        for offer, route, certificate, selected in rows:
            for tls in VERSIONS:
                with self.subTest(offer=offer, tls=tls):
                    seen, line = gateway.after(lambda: clients.openssl(gateway.port, offer, tls))
                    self.assertEqual((seen.selected, seen.certificate), (selected, certificate.fingerprint))
                    self.assertFacts(line, verdict="passed", route=route, offered=offer)
        for offer, reason in ((["unknown"], "no_common_protocol"), (None, "no_alpn_offered")):
            for tls in VERSIONS:
                with self.subTest(offer=offer, tls=tls):
                    seen, line = gateway.after(lambda: clients.openssl(gateway.port, offer, tls))
                    self.assertEqual(seen.alert, 120)
                    self.assertFacts(line, verdict="rejected", alert=120, reason=reason, route=None, backend=None)

    def test_by_name(self):
        names = ("app.example", "wild", "rest")
        certificates = [self.make_certificate(name) for name in names]
        backends = [self.closing(OpensslServer(each, alpn=["http/1.1"])) for each in certificates]
        gateway = self.serve(
            self.listener()
            + f"""
            [[route]]
            sni = "app.example"
            pass = "127.0.0.1:{backends[0].port}"
            [[route]]
            sni = "*.example"
            pass = "127.0.0.1:{backends[1].port}"
            [[route]]
            pass = "127.0.0.1:{backends[2].port}"
            """
        )
        rows = (
            ("app.example", 0),
            ("APP.Example", 0),
            ("other.example", 1),
            ("a.b.example", 2),  # a wildcard stands for one label
            ("example", 2),
            ("localhost", 2),
            (None, 2),
        )
        for sni, index in rows:
            for offer in (["http/1.1"], None):
                with self.subTest(sni=sni, offer=offer):
                    seen, line = gateway.after(lambda: clients.openssl(gateway.port, offer, "1.3", sni=sni))
                    self.assertEqual(seen.certificate, certificates[index].fingerprint)
                    self.assertFacts(line, verdict="passed", route=index + 1, offered=offer)

    def test_tcp_in_front_of_web_servers(self):
        certificate = self.make_certificate("localhost")
        nginx, plain = self.make_nginx(), self.closing(PlainHttp())
        gateway = self.serve(
            self.listener(certificate)
            + f"""
            [[route]]
            sni = "nginx.example"
            alpn = ["http/1.1", "none"]
            tcp = "127.0.0.1:{nginx.port}"
            [[route]]
            alpn = ["http/1.1", "none"]
            tcp = "127.0.0.1:{plain.port}"
            """
        )
        for host, route, body in (("nginx.example", 1, "nginx\n"), ("localhost", 2, "plain server\n")):
            for tls in VERSIONS:
                for options, offered in (
                    (["--http2"], ["h2", "http/1.1"]),
                    (["--http1.1"], ["http/1.1"]),
                    (["--no-alpn", "--http1.1"], None),
                ):
                    with self.subTest(host=host, tls=tls, offered=offered):
                        seen, line = gateway.after(lambda: clients.curl(gateway.port, options, tls, host=host))
                        self.assertEqual((seen.body, seen.tls), (MARK + body, tls))
                        self.assertEqual(seen.selected, "http/1.1" if offered else None)
                        self.assertFacts(
                            line, verdict="terminated", action="tcp", route=route, offered=offered, reason=None, tls=tls
                        )

    def test_tcp_carries_a_large_body_both_ways(self):
        certificate = self.make_certificate("localhost")
        plain = self.closing(PlainHttp())
        gateway = self.serve(
            self.listener(certificate) + f'[[route]]\nalpn = "http/1.1"\ntcp = "127.0.0.1:{plain.port}"\n'
        )
        content, answer = self.folder / "content", self.folder / "answer"
        content.write_bytes(bytes(range(256)) * 32768)
        command = ["curl", "-sSk", "--noproxy", "*", "--data-binary", f"@{content}", "-o", answer]
        _, line = gateway.after(lambda: run([*command, f"https://127.0.0.1:{gateway.port}/"], check=True))
        self.assertEqual(answer.read_bytes(), content.read_bytes())
        self.assertGreater(min(line["bytes_in"], line["bytes_out"]), 8 * 1024 * 1024)

    def test_tcp_where_the_server_speaks_first_and_the_client_half_closes(self):
        certificate = self.make_certificate("localhost")
        echo = self.closing(Echo(b"hello\n"))
        gateway = self.serve(self.listener(certificate) + f'[[route]]\nalpn = "imap"\ntcp = "127.0.0.1:{echo.port}"\n')
        context = ssl.create_default_context(cafile=certificate.chain)
        context.set_alpn_protocols(["imap"])
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                self.assertEqual(client.selected_alpn_protocol(), "imap")
                self.assertEqual(client.recv(100), b"hello\n")
                client.sendall(b"and back")
                self.assertEqual(client.recv(100), b"and back")
                client.unwrap()
        self.assertFacts(gateway.wait_for_connections(1)[0], bytes_in=8, bytes_out=14, reason=None, selected="imap")

    def test_backend_that_is_not_there(self):
        certificate = self.make_certificate("localhost")
        with socket.create_server(("127.0.0.1", 0)) as other:
            # Bound and never listening again once it is closed: whoever connects is refused.
            port = other.getsockname()[1]
        gateway = self.serve(
            self.listener(certificate)
            + f'[[route]]\nalpn = "a"\npass = "127.0.0.1:{port}"\n[[route]]\ntcp = "127.0.0.1:{port}"\n'
        )
        for offer, route in (("a", 1), ("b", 2)):
            with self.subTest(offer=offer):
                command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-alpn", offer, "-ign_eof"]
                done = run(command)
                # A stream that was cut off must not look finished: no close_notify (RFC 8446 §6.1).
                self.assertRegex(done.stderr, "unexpected eof|errno")
                line = gateway.wait_for_connection(route=route)
                self.assertFacts(line, verdict="failed", reason="backend_unreachable", backend=f"127.0.0.1:{port}")


if __name__ == "__main__":
    unittest.main()
