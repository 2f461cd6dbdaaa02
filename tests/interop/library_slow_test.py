"""The rest of library_test.py: what takes long to install or to run."""

import unittest
from functools import partial

import interop_clients
from gateway import ROOT
from interop import NOTHING, UNOFFERED, InteropTest
from rust import build_rust


class Clients(InteropTest):
    def test_curl_gnutls(self):
        self.expect_client("curl (GnuTLS)", interop_clients.curl_gnutls)

    def test_java(self):
        command = interop_clients.build_java(self.folder)
        self.expect_client("java", partial(interop_clients.java, command))

    def test_chromium(self):
        self.expect_client(
            "chromium",
            lambda port, *_: interop_clients.chromium(self.folder, self.certificate, port),
            always_offers=True,
        )

    def test_firefox(self):
        self.expect_client(
            "firefox",
            lambda port, *_: interop_clients.firefox(self.folder, self.authority, port),
            always_offers=True,
        )


    def test_botan(self):
        self.expect_client("botan", partial(interop_clients.botan, self.authority), versions=("1.2",))


class Rustls(InteropTest):
    def test_both(self):
        # It takes a minute to compile.
        program = build_rust(ROOT / "tests/interop/rustls", self.folder)
        self.expect_client("rustls", partial(interop_clients.rustls, program, self.authority))
        pair = [self.certificate.chain, self.certificate.key]
        self.expect_server("rustls", "h2", "alert 120", lambda port: [program, "server", port, *pair])


class Servers(InteropTest):
    def test_apache(self):
        # It answers http/1.1, and that is meant so.
        self.expect_server("apache", "h2", UNOFFERED)

    def test_lighttpd(self):
        self.expect_server("lighttpd", "http/1.1", "alert 120")

    def test_caddy(self):
        self.expect_server("caddy", "h2", "alert 120")

    def test_h2o(self):
        self.expect_server("h2o", "h2", NOTHING)

    def test_hitch(self):
        self.expect_server("hitch", "h2", NOTHING)

    def test_stunnel(self):
        self.expect_server("stunnel", NOTHING, NOTHING)

    def test_nghttpx(self):
        self.expect_server("nghttpx", "h2", NOTHING)

    def test_java(self):
        self.expect_server("java", "h2", "alert 120")


if __name__ == "__main__":
    unittest.main()
