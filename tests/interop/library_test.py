"""The library's adapters for OpenSSL, GnuTLS and Mbed TLS against other people's clients and servers: what takes seconds.

library_slow_test.py has the rest; both make the tables of docs/interop.md.
"""

import unittest
from functools import partial

import clients
import interop_clients
from gateway import ROOT
from interop import NOTHING, InteropTest

_HERE = ROOT / "tests/interop"


class Clients(InteropTest):
    def test_openssl(self):
        self.expect_client("openssl s_client", clients.openssl)

    def test_gnutls(self):
        self.expect_client("gnutls-cli", clients.gnutls)

    def test_nss(self):
        program = interop_clients.build_nss(self.folder)
        self.expect_client("NSS", lambda port, offer, _: interop_clients.nss(program, port, offer))

    def test_curl(self):
        self.expect_client("curl (OpenSSL)", interop_clients.curl)

    def test_python(self):
        self.expect_client("python", clients.python)

    def test_node(self):
        self.expect_client("node", partial(clients.node, _HERE / "client.js"))

    def test_go(self):
        binary = clients.build_go(_HERE / "client.go", self.folder)
        self.expect_client("go", partial(clients.go, binary))


class Servers(InteropTest):
    def test_openssl(self):
        self.expect_server("openssl s_server", "h2", "alert 120")

    def test_gnutls(self):
        self.expect_server("gnutls-serv", "http/1.1", NOTHING)

    def test_nss(self):
        self.expect_server("selfserv", "http/1.1", "alert 120")

    def test_nginx(self):
        self.expect_server("nginx", "h2", "alert 120")

    def test_haproxy(self):
        self.expect_server("haproxy", "h2", NOTHING)

    def test_python(self):
        self.expect_server("python", "h2", NOTHING)

    def test_node(self):
        self.expect_server("node", "h2", "alert 120")

    def test_go(self):
        self.expect_server("go", "h2", "alert 120")


if __name__ == "__main__":
    unittest.main()
