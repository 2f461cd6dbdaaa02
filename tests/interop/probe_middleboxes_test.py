"""`simplon probe` through what stands before servers, and with lists of hosts: the right verdict, in the time it may take."""

import json
import os
import pty
import re
import select
import socket
import ssl
import subprocess
import threading
import time
import unittest

from backends import OpensslServer
from certificates import Authority, Certificate
from gateway import GatewayTest, program
from processes import PATIENCE, environment, run
from raw_server import RawServer


def stall(connection):
    """Reads, and says nothing."""
    while connection.recv(16384):
        pass


def without_alpn(hello):
    """The same bytes, but for the number of the ALPN extension, which becomes one that nobody knows."""
    for at in range(len(hello) - 6):
        size = int.from_bytes(hello[at + 2 : at + 4], "big")
        if hello[at : at + 2] == b"\0\x10" and int.from_bytes(hello[at + 4 : at + 6], "big") == size - 2:
            return hello[:at] + b"\xfe\x10" + hello[at + 2 :]
    return hello


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Middlebox(RawServer):
    """Passes connections on to a server, the first bytes of each as `change` makes them, and only as many as `most`."""

    def __init__(self, port, *, change=lambda data: data, most=None):
        self._to, self._change, self._most = port, change, most
        super().__init__(self._pass_on)

    def _pass_on(self, client):
        if self._most is not None and self.connections > self._most:
            return stall(client)
        first = self._change(client.recv(65536))
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            server.sendall(first)
            threading.Thread(target=_copy, args=(server, client), daemon=True).start()
            _copy(client, server)


class Fussy(RawServer):
    """Ends TLS, and has protocols for those alone whose hello is not in one record."""

    def __init__(self, certificate):
        self._contexts = {whole: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for whole in (True, False)}
        for context in self._contexts.values():
            context.load_cert_chain(certificate.chain, certificate.key)
        self._contexts[False].set_alpn_protocols(["h2", "http/1.1"])
        super().__init__(self._serve)

    def _serve(self, connection):
        header = connection.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
        whole = int.from_bytes(header[3:], "big") > 100
        with self._contexts[whole].wrap_socket(connection, server_side=True) as client:
            client.recv(1)


class Probe(GatewayTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue(["localhost"])

    def probe(self, *arguments, status):
        done = run([program(), "probe", "--ca", self.authority.certificate, "--timeout", "2", *arguments])
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def address(self, port, *arguments, status=1):
        (host,) = json.loads(self.probe("--json", "--sni", "localhost", *arguments, f"127.0.0.1:{port}", status=status))
        return host["addresses"][0]

    def codes(self, port, *arguments, status=1):
        return {finding["code"] for finding in self.address(port, *arguments, status=status)["findings"]}

    def server(self, certificate=None):
        return self.closing(OpensslServer(certificate or self.certificate, alpn=("http/1.1",)))

    def test_one_that_takes_alpn_out_of_hellos(self):
        server = self.server()
        self.assertEqual(self.codes(server.port, status=0), set())
        box = self.closing(Middlebox(server.port, change=without_alpn))
        self.assertEqual(self.codes(box.port), {"stripped-by-middlebox"})

    def test_one_that_looks_at_how_a_hello_comes(self):
        self.assertIn("stripped-by-middlebox", self.codes(self.closing(Fussy(self.certificate)).port, status=0))

    def test_one_that_stops_answering(self):
        box = self.closing(Middlebox(self.server().port, most=3))
        self.assertEqual(self.codes(box.port), {"stops-answering"})
        # One more in vain, and one to see whether it was that question's fault.
        self.assertEqual(box.connections, 5)

    def test_one_that_answers_hellos_without_an_offer_alone(self):
        port = self.server().port
        with_offers = []

        def look(hello):
            if without_alpn(hello) != hello:
                with_offers.append(hello)
                return b""
            return hello

        found = self.address(self.closing(Middlebox(port, change=look)).port, "--fail-on", "warning")
        self.assertEqual({finding["code"] for finding in found["findings"]}, {"cut-on-mismatch"})
        # The first one costs two seconds; each other one would, were it waited for as long.
        self.assertGreaterEqual(len(with_offers), 3)
        self.assertLess(found["ms"], 2000 * len(with_offers))

    def test_a_certificate_with_a_common_name_alone(self):
        chain, key = self.folder / "common.pem", self.folder / "common.key"
        self.issue("localhost", chain, key, "basicConstraints=critical,CA:FALSE", self.authority.certificate)
        self.assertEqual(self.codes(self.server(Certificate(chain, key)).port), {"certificate-name"})

    def test_an_intermediate_certificate_that_is_not_sent(self):
        middle, middle_key = self.folder / "middle.pem", self.folder / "middle.key"
        self.issue("Middle", middle, middle_key, "keyUsage=critical,keyCertSign", self.authority.certificate)
        chain, key = self.folder / "leaf.pem", self.folder / "leaf.key"
        self.issue("leaf", chain, key, "subjectAltName=DNS:localhost", middle)
        self.assertEqual(self.codes(self.server(Certificate(chain, key)).port), {"certificate-chain"})
        whole = self.folder / "whole.pem"
        whole.write_text(chain.read_text() + middle.read_text())
        # The server's own program sends what else it is given by another option.
        gateway = self.serve_page(Certificate(whole, key))
        self.assertEqual(self.codes(gateway.port, status=0), set())

    def issue(self, name, chain, key, extension, issuer):
        issuer_key = {self.authority.certificate.name: "authority.key.pem"}.get(issuer.name, "middle.key")
        run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
            + ["-subj", f"/CN={name}", "-addext", extension, "-CA", issuer, "-CAkey", self.folder / issuer_key]
            + ["-keyout", key, "-out", chain],
            check=True,
        )

    def test_what_is_told_where_nothing_is_wrong(self):
        gateway = self.serve_page(self.certificate)
        found = self.address(gateway.port, status=0)
        self.assertEqual(set(found["hellos"].values()), {"h2 selected"})
        self.assertEqual(found["resumption"], "another offer gets http/1.1")
        text = self.probe("--sni", "localhost", f"127.0.0.1:{gateway.port}", status=0)
        self.assertIn("  as usual     GREASE, in segments, in records, 1,800 bytes, no name\n", text)

    def test_the_exit_status_is_that_of_the_worst(self):
        server = self.closing(OpensslServer(self.certificate))
        for severity, status in (("error", 0), ("warning", 0), ("note", 1)):
            self.assertEqual(self.codes(server.port, "--fail-on", severity, status=status), {"no-alpn"})

    def hosts(self, *ports):
        path = self.folder / "hosts"
        path.write_text("".join(f"127.0.0.1:{port}\n" for port in ports))
        return ["--sni", "localhost", "--list", path]

    def test_a_host_that_hangs_holds_up_no_other(self):
        gateway, silent = self.serve_page(self.certificate), self.closing(RawServer(stall))
        ports = [silent.port] + 10 * [gateway.port]
        lines = self.probe("--ndjson", "--concurrency", "2", *self.hosts(*ports), status=1).splitlines()
        self.assertEqual(len(lines), 11)
        last = json.loads(lines[-1])
        self.assertEqual(last["target"], f"127.0.0.1:{silent.port}")
        self.assertGreaterEqual(last["addresses"][0]["ms"], 2000)

    def test_the_rate_of_one_address(self):
        gateway = self.serve_page(self.certificate)
        begun = time.monotonic()
        self.probe("--rate", "4", *self.hosts(*4 * [gateway.port]), status=0)
        # The first begins at once.
        self.assertGreaterEqual(time.monotonic() - begun, 0.75)

    def on_a_terminal(self, *arguments):
        """What a terminal gets to see."""
        ours, theirs = pty.openpty()
        command = [program(), "probe", "--ca", self.authority.certificate, *arguments]
        child = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment(TERM="xterm"))
        os.close(theirs)
        seen = b""
        try:
            while select.select([ours], [], [], PATIENCE)[0]:
                seen += os.read(ours, 65536)
        except OSError:
            pass  # how a terminal ends
        finally:
            os.close(ours)
            child.kill()
            child.wait()
        return seen.decode()

    def test_progress_and_colour_on_a_terminal(self):
        gateway = self.serve_page(self.certificate)
        seen = self.on_a_terminal(*self.hosts(*8 * [gateway.port]))
        self.assertRegex(seen, r"\r\[#{3} {21}\] 1 of 8, \d+ s left ")
        self.assertRegex(seen, r"\r\[#{24}\] 8 of 8, 0 s left ")
        self.assertEqual(seen.count("\x1b[32mnothing to find fault with\x1b[0m"), 8)
        self.assertTrue(re.search(r"\r\x1b\[K\r?\n8 hosts: 8 with nothing", seen), seen)


if __name__ == "__main__":
    unittest.main()
