"""The rest of library_test.py: what takes long to install or to run."""

import unittest

import interop_clients
from interop import NOTHING, InteropTest


class Clients(InteropTest):
    def test_curl_gnutls(self):
        self.expect_client("curl (GnuTLS)", interop_clients.curl_gnutls)

    def test_java(self):
        command = interop_clients.build_java(self.folder)
        self.expect_client("java", lambda *told: interop_clients.java(command, *told))

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


class Servers(InteropTest):
    def test_apache(self):
        self.expect_server("apache", "h2", NOTHING)

    def test_lighttpd(self):
        self.expect_server("lighttpd", "h2", "alert 120")

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
