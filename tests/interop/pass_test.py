"""What is passed through arrives byte for byte, and the client sees the backend's certificate."""

import hashlib
import os
import unittest

import clients
from backends import Nginx, OpensslServer
from certificates import make_self_signed
from gateway import GatewayTest
from processes import run
from tap import Tap

VERSIONS = ("1.2", "1.3")


class Pass(GatewayTest):
    def pass_to(self, port):
        """A gateway that passes everything to the port, with a tap before it and one behind it."""
        behind = self.closing(Tap(port))
        gateway = self.serve(
            f"""
            [[listen]]
            name = "public"
            address = "127.0.0.1:0"
            [[route]]
            pass = "127.0.0.1:{behind.port}"
            """
        )
        return gateway, self.closing(Tap(gateway.port)), behind

    def assert_same_bytes(self, before, behind, line):
        sent, received = before.wait(), behind.wait()
        self.assertEqual(len(sent), len(received))
        for (up_before, down_before), (up_behind, down_behind) in zip(sent, received):
            self.assertTrue(up_before and down_before)
            self.assertEqual(up_before, up_behind)
            self.assertEqual(down_before, down_behind)
        self.assertFacts(line, bytes_in=len(sent[-1][0]), bytes_out=len(sent[-1][1]))

    def assert_passed(self, line, offered, backend):
        self.assertFacts(
            line,
            verdict="passed",
            action="pass",
            backend=f"127.0.0.1:{backend.port}",
            offered=offered,
            selected=None,
            tls=None,
            cipher=None,
            reason=None,
            error=None,
        )

    def test_nginx(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        nginx = self.closing(Nginx(self.folder, certificate))
        for tls in VERSIONS:
            for option, offered in (("--http2", ["h2", "http/1.1"]), ("--http1.1", ["http/1.1"])):
                with self.subTest(tls=tls, offered=offered):
                    gateway, before, behind = self.pass_to(nginx.port)
                    seen, line = gateway.after(lambda: clients.curl(before.port, [option], tls))
                    self.assertEqual((seen.selected, seen.tls, seen.body), (offered[0], tls, "answered by the nginx\n"))
                    self.assert_passed(line, offered, behind)
                    self.assert_same_bytes(before, behind, line)
                    seen, _ = gateway.after(lambda: clients.openssl(gateway.port, offered, tls))
                    self.assertEqual(seen.certificate, certificate.fingerprint)

    def test_openssl_server(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        backend = self.closing(OpensslServer(certificate, alpn=["http/1.1"]))
        for tls in VERSIONS:
            with self.subTest(tls=tls):
                gateway, before, behind = self.pass_to(backend.port)
                seen, line = gateway.after(
                    lambda: clients.openssl(before.port, ["http/1.1"], tls, send="GET / HTTP/1.0\r\n\r\n")
                )
                self.assertEqual(seen.certificate, certificate.fingerprint)
                self.assertEqual((seen.selected, seen.tls), ("http/1.1", tls))
                self.assertIn("s_server -accept 127.0.0.1:0", seen.body)
                self.assert_passed(line, ["http/1.1"], behind)
                self.assert_same_bytes(before, behind, line)

    def test_backends_own_alert(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        backend = self.closing(OpensslServer(certificate, alpn=["http/1.1"]))
        gateway, before, behind = self.pass_to(backend.port)
        seen, line = gateway.after(lambda: clients.openssl(before.port, ["h2"], "1.3"))
        # The backend refuses, so the client hears it from the backend and the log has no alert of ours.
        self.assertEqual(seen.alert, 120)
        self.assertFacts(line, verdict="passed", alert=None)
        self.assert_same_bytes(before, behind, line)

    def test_bulk_download(self):
        nginx = self.closing(Nginx(self.folder, make_self_signed(self.folder, ["localhost"])))
        content = os.urandom(24 * 1024 * 1024)
        (nginx.root / "bulk").write_bytes(content)
        for option in ("--http2", "--http1.1"):
            with self.subTest(option):
                gateway, before, behind = self.pass_to(nginx.port)
                target = self.folder / "downloaded"
                _, line = gateway.after(
                    lambda: run(
                        ["curl", "-sSk", "--noproxy", "*", option, "-o", target, f"https://127.0.0.1:{before.port}/bulk"],
                        check=True,
                    )
                )
                self.assertEqual(hashlib.sha256(target.read_bytes()).digest(), hashlib.sha256(content).digest())
                self.assert_same_bytes(before, behind, line)

    def test_hello_in_two_segments(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        nginx = self.closing(Nginx(self.folder, certificate))
        gateway, _, behind = self.pass_to(nginx.port)
        for split in (1, 5, 100, 300):
            with self.subTest(split=split):
                before = self.closing(Tap(gateway.port, split=split))
                seen, line = gateway.after(lambda: clients.openssl(before.port, ["h2"], "1.3"))
                self.assertEqual((seen.selected, seen.certificate), ("h2", certificate.fingerprint))
                self.assertEqual(before.wait()[0][0], behind.wait()[-1][0])


if __name__ == "__main__":
    unittest.main()
