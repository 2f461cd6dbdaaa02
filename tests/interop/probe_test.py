"""`simplon probe` against servers with one thing wrong: the right verdict for each."""

import json
import socket
import ssl
import struct
import sys
import threading
import unittest

from backends import GnutlsServer, Nghttpd, OpensslServer
from certificates import Authority
from gateway import GatewayTest, program
from processes import run
from raw_server import RawServer


def unoffered(connection):
    """A ServerHello of TLS 1.2 that answers an id which nobody offered, whatever the hello says."""
    connection.recv(16384)
    extension = struct.pack("!HHHB", 16, 6, 4, 3) + b"bad"
    body = b"\x03\x03" + b"r" * 32 + b"\0\xc0\x2b\0" + struct.pack("!H", len(extension)) + extension
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    connection.sendall(b"\x16\x03\x03" + struct.pack("!H", len(message)) + message)


def plain_http(connection):
    connection.recv(16384)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def reset(connection):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(connection):
    """Reads, and says nothing."""
    while connection.recv(16384):
        pass


# In namespaces of its own: the system's resolver is one that never answers. The first argument is a folder.
_DEAF_RESOLVER = """import fcntl, pathlib, socket, struct, subprocess, sys
settings = pathlib.Path(sys.argv[1], "resolv.conf")
settings.write_text("nameserver 127.0.0.1\\noptions timeout:30 attempts:3\\n")
names = pathlib.Path(sys.argv[1], "nsswitch.conf")
names.write_text("hosts: dns\\n")
for made in (settings, names): subprocess.run(["mount", "--bind", made, f"/etc/{made.name}"], check=True)
deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(deaf, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
deaf.bind(("127.0.0.1", 53))
sys.exit(subprocess.run(sys.argv[2:]).returncode)
"""


class Stripping:
    """Ends TLS without ALPN before a backend that speaks HTTP/2, as an old load balancer does."""

    def __init__(self, certificate, backend_port):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.chain, certificate.key)
        self._backend_port = backend_port
        self._server = RawServer(self._serve)
        self.port = self._server.port

    def close(self):
        self._server.close()

    def _serve(self, connection):
        with self._context.wrap_socket(connection, server_side=True) as client:
            with socket.create_connection(("127.0.0.1", self._backend_port)) as backend:
                threading.Thread(target=_copy, args=(backend, client), daemon=True).start()
                _copy(client, backend)


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass


class Probe(GatewayTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue(["localhost"])

    def probe(self, *arguments, status):
        done = run([program(), "probe", "--ca", self.authority.certificate, "--timeout", "2", *arguments])
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def codes(self, port, *arguments, status=1):
        (host,) = json.loads(self.probe("--json", *arguments, f"localhost:{port}", status=status))
        # `localhost` may have an IPv6 address too, where nobody listens.
        (address,) = [each for each in host["addresses"] if each["address"].startswith("127.")]
        return {finding["code"] for finding in address["findings"]}

    def test_nothing_is_wrong_with_this_gateway(self):
        gateway = self.serve_page(self.certificate)
        text = self.probe("--sni", "localhost", f"127.0.0.1:{gateway.port}", "--fail-on", "note", status=0)
        self.assertIn("nothing to find fault with", text)
        self.assertIn("h2, http/1.1", text)
        self.assertIn("alert 120 (no_application_protocol)", text)

    def test_an_unoffered_id(self):
        server = self.closing(RawServer(unoffered))
        self.assertIn("selects-unoffered", self.codes(server.port))

    def test_plain_http(self):
        server = self.closing(RawServer(plain_http))
        self.assertEqual(self.codes(server.port), {"not-tls"})

    def test_one_that_stalls_costs_its_timeout_once(self):
        server = self.closing(RawServer(stall))
        self.assertEqual(self.codes(server.port), {"silent"})
        self.assertEqual(server.connections, 1)

    def test_one_that_resets(self):
        server = self.closing(RawServer(reset))
        self.assertEqual(self.codes(server.port), {"cut-on-hello"})

    def test_nobody(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.assertEqual(self.codes(unused.getsockname()[1]), {"unreachable"})

    def test_a_resolver_that_does_not_answer_costs_the_timeout(self):
        apart = ["unshare", "--map-root-user", "--mount", "--net"]
        if run([*apart, "true"]).returncode != 0:
            self.skipTest("this machine lets nobody make namespaces")
        command = [sys.executable, "-c", _DEAF_RESOLVER, self.folder, program()]
        # The resolver itself would go on for a minute and a half.
        done = run([*apart, *command, "probe", "--json", "--timeout", "0.5", "a.example", "b.example"])
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        errors = {host["error"] for host in json.loads(done.stdout)}
        self.assertEqual(errors, {"no address: the resolver does not answer in time"})
        done = run([*apart, *command, "conform", "--timeout", "0.5", "a.example"])
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("a.example:443: no address: the resolver does not answer in time", done.stderr)

    def test_no_alpn(self):
        server = self.closing(OpensslServer(self.certificate))
        self.assertIn("no-alpn", self.codes(server.port, status=0))

    def test_stripped_alpn(self):
        backend = self.closing(Nghttpd(self.folder))
        server = self.closing(Stripping(self.certificate, backend.port))
        self.assertIn("h2-without-alpn", self.codes(server.port, status=0))

    def test_h2_that_is_not_spoken(self):
        server = self.closing(OpensslServer(self.certificate, alpn=("h2", "http/1.1")))
        self.assertEqual(self.codes(server.port), {"alpn-not-spoken"})

    def test_a_lenient_server_in_the_clients_order(self):
        server = self.closing(GnutlsServer(self.certificate, "--alpn", "http/1.1", "--alpn", "postgresql"))
        self.assertLessEqual({"lenient-mismatch", "client-order"}, self.codes(server.port, status=0))

    def test_a_list_of_hosts(self):
        gateway = self.serve_page(self.certificate)
        hosts = self.folder / "hosts"
        hosts.write_text("# ours\n" + f"127.0.0.1:{gateway.port}\n" * 20 + "not a host\n")
        lines = self.probe("--list", hosts, "--ndjson", "--sni", "localhost", status=0).splitlines()
        self.assertEqual(len(lines), 20)
        for line in lines:
            self.assertEqual(json.loads(line)["addresses"][0]["findings"], [])
        self.assertEqual(len(json.loads(self.probe("--list", hosts, "--json", "--sni", "localhost", status=0))), 20)
        self.assertIn("20 hosts: 20 with nothing", self.probe("--list", hosts, "--sni", "localhost", status=0))


if __name__ == "__main__":
    unittest.main()
