"""The examples of the adapters, with Python's clients and servers, and docs/adapters.md, which shows them."""

import re
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from gateway import ROOT, program
from processes import run

BUILT = Path(program()).resolve().parents[2] / "examples" / "library"
SOURCES = ROOT / "examples" / "library"
NAMES = ("openssl_server", "openssl_client", "openssl_names", "gnutls_server", "mbedtls_client")


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-adapters-")
        cls.addClassCleanup(folder.cleanup)
        cls.pem = Path(folder.name) / "server.pem"
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        made = run([*certificate, "-keyout", "-", "-out", "-", "-days", "2", "-subj", "/CN=localhost"], check=True)
        cls.pem.write_text(made.stdout)

    def serve_once(self, name, protocols):
        """What a client of such an offer sees of the example: the protocol, and what is said over it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if protocols:
            context.set_alpn_protocols(protocols)
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        with subprocess.Popen([BUILT / name, self.pem], stdin=theirs, stderr=subprocess.PIPE) as server:
            theirs.close()
            try:
                with context.wrap_socket(ours) as connection:
                    return connection.selected_alpn_protocol(), connection.recv(100)
            finally:
                ours.close()
                server.communicate(timeout=20)

    def test_servers_select(self):
        for name in ("openssl_server", "gnutls_server"):
            with self.subTest(name=name):
                self.assertEqual(self.serve_once(name, ["http/1.1", "h2"]), ("h2", b"h2"))
                self.assertEqual(self.serve_once(name, ["http/1.1"]), ("http/1.1", b"http/1.1"))
                self.assertEqual(self.serve_once(name, []), (None, b"no protocol"))

    def test_servers_reject(self):
        for name in ("openssl_server", "gnutls_server"):
            with self.subTest(name=name), self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
                self.serve_once(name, ["h3"])

    def connect_once(self, name, protocols):
        """What the example says to a server of these protocols."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        context.set_alpn_protocols(protocols)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(20)

            def answer():
                with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                    connection.recv(1)

            server = threading.Thread(target=answer)
            server.start()
            host, port = listener.getsockname()
            address = [f"{host}:{port}"] if name == "openssl_client" else [host, str(port)]
            done = run([BUILT / name, *address])
            server.join()
            return done.returncode, done.stdout + done.stderr

    def test_clients_go_on_with_a_protocol_only(self):
        for name in ("openssl_client", "mbedtls_client"):
            with self.subTest(name=name):
                self.assertEqual(self.connect_once(name, ["http/1.1"]), (0, "goes on with http/1.1\n"))
                missing = "the server selected no protocol (RFC 7301 §3.2)\n"
                self.assertEqual(self.connect_once(name, ["h3"]), (1, missing))


class Guide(unittest.TestCase):
    def test_shows_the_examples_as_they_are_compiled(self):
        text = (ROOT / "docs" / "adapters.md").read_text()
        blocks = dict(re.findall(r"`examples/library/([\w./]+)`[^\n]*\n+```cpp\n(.*?)^```", text, re.M | re.S))
        self.assertEqual(len(blocks), len(re.findall(r"^```cpp$", text, re.M)))
        self.assertEqual(blocks.keys(), {f"{name}.cpp" for name in NAMES})
        for name, block in blocks.items():
            self.assertEqual(block, (SOURCES / name).read_text(), name)


if __name__ == "__main__":
    unittest.main()
