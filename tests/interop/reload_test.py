"""A gateway that is reloaded under traffic: nobody is refused, cut off or kept waiting.

SIMPLON_STORM_SECONDS: how long the storm lasts, 5 unless given.
"""

import contextlib
import os
import shutil
import signal
import socket
import ssl
import threading
import time
import unittest

from activation import inheriting, listen
from backends import Echo
from certificates import make_self_signed
from hellos import Hello
from http_streams import H2Connection, Http1Stream, connect_tls
from processes import resident_kilobytes, wait_until
from roads import HttpTest
from websockets import TEXT, WebSocket

STORM_SECONDS = float(os.environ.get("SIMPLON_STORM_SECONDS", 5))
NEW_PER_SECOND = 200
LONG = 500
RELOAD_EVERY = 0.1


class ReloadTest(HttpTest):
    def setUp(self):
        super().setUp()
        self.certificates = [make_self_signed(self.folder, self.names, f"version-{i}") for i in range(2)]
        # What the configuration names; replaced at each reload.
        shutil.copy(self.certificates[0].chain, self.certificate.chain)
        shutil.copy(self.certificates[0].key, self.certificate.key)
        self.version = 0

    def reload(self, gateway, configuration):
        """Another configuration and another certificate, and the signal."""
        self.version += 1
        made = self.certificates[self.version % 2]
        for fresh, name in ((made.chain, self.certificate.chain), (made.key, self.certificate.key)):
            shutil.copy(fresh, self.folder / "fresh")
            os.replace(self.folder / "fresh", name)
        (self.folder / "fresh").write_text(configuration)
        os.replace(self.folder / "fresh", self.folder / "simplon.toml")
        gateway.child.signal(signal.SIGHUP)

    def events(self, gateway, name):
        return [line for line in gateway.child.stderr.all() if f'"event":"{name}"' in line]

    def reload_and_wait(self, gateway, configuration):
        before = len(self.events(gateway, "reloaded"))
        self.reload(gateway, configuration)
        wait_until(lambda: len(self.events(gateway, "reloaded")) > before, "a reload")


class KeptConnections(ReloadTest):
    """What was begun before a reload goes on after many."""

    def setUp(self):
        super().setUp()
        self.app = self.make_app()
        self.route = f'http = "{self.app.url}"'
        self.gateway = self.serve(self.configure(self.route))

    def reload_often(self):
        for i in range(5):
            extra = [f'sni = "other{i}.example"\nreject = true'] * (i % 2)
            self.reload_and_wait(self.gateway, self.configure(*extra, self.route))

    def ask(self, connection):
        connection.sendall(b"GET /small/7 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b""
        while not answer.endswith(b"." * 900):
            piece = connection.recv(65536)
            self.assertTrue(piece, answer)
            answer += piece
        return answer.split(b"\r\n")[0]

    def test_kept_alive_over_http_1(self):
        connection = self.closing(connect_tls(self.gateway.port, "localhost", "http/1.1"))
        self.assertEqual(self.ask(connection), b"HTTP/1.1 200 OK")
        self.reload_often()
        self.assertEqual(self.ask(connection), b"HTTP/1.1 200 OK")

    def test_kept_alive_over_h2(self):
        connection = self.closing(H2Connection(self.gateway.port, "localhost"))
        self.assertEqual(connection.open("GET", "/small/1", end=True).head()[0], 200)
        self.reload_often()
        self.assertEqual(connection.open("GET", "/small/2", end=True).head()[0], 200)

    def test_a_download_under_way(self):
        size = 20_000_000
        stream = self.closing(Http1Stream(self.gateway.port, "localhost", "GET", f"/bytes/{size}", body=False))
        self.assertEqual(stream.head()[0], 200)
        stream.receive(1000)
        self.reload_often()
        self.assertEqual(len(stream.receive(size - 1000)), size - 1000)

    def test_a_websocket(self):
        for protocol in ("http/1.1", "h2"):
            tunnel = self.closing(WebSocket(protocol, self.gateway.port, "localhost", "/socket"))
            self.reload_often()
            tunnel.send(TEXT, b"still here")
            self.assertEqual(tunnel.read(), (TEXT, b"still here"))

    def test_half_a_hello(self):
        hello = Hello("http/1.1")
        connection = self.closing(socket.create_connection(("127.0.0.1", self.gateway.port)))
        connection.settimeout(20)
        connection.sendall(hello.bytes[:100])
        self.reload_often()
        connection.sendall(hello.bytes[100:])
        self.assertEqual(hello.read_answer(connection), "http/1.1")


class Storm(ReloadTest):
    """200 new connections a second and 500 long ones, while every 100 ms another configuration is taken up."""

    def setUp(self):
        super().setUp()
        self.echo = self.closing(Echo(b"hello"))
        self.failures = []
        self.made = 0
        self.over = threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.set_alpn_protocols(["echo/1"])

    def route(self, turn, **options):
        others = [f'sni = "turn{turn}-{i}.example"\nreject = true' for i in range(turn % 3)]
        tcp = f'tcp = "127.0.0.1:{self.echo.port}"\nalpn = ["echo/1", "turn/{turn}"]'
        return self.configure(*others, tcp, **options)

    def connect(self, port):
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        connection = self.context.wrap_socket(plain, server_hostname="localhost")
        self.expect(connection, b"hello")
        return connection

    def expect(self, connection, wanted):
        got = b""
        while len(got) < len(wanted):
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError(f"ended after {got!r}")
            got += piece
        self.assertEqual(got, wanted)

    def ping(self, connection):
        connection.sendall(b"ping")
        self.expect(connection, b"ping")

    def visit(self, port):
        """Makes its share of the new connections."""
        due = time.monotonic()
        while not self.over.is_set():
            try:
                with self.connect(port) as connection:
                    self.ping(connection)
                self.made += 1
            except (OSError, AssertionError) as failure:
                self.failures.append(repr(failure))
            due += 2 / NEW_PER_SECOND
            self.over.wait(max(0, due - time.monotonic()))

    def keep(self, connections):
        """Talks on the long ones, in turn."""
        while not self.over.is_set():
            for connection in connections:
                try:
                    self.ping(connection)
                except (OSError, AssertionError) as failure:
                    self.failures.append(f"a long one: {failure!r}")
                if self.over.wait(0.002):
                    return

    @contextlib.contextmanager
    def clients(self, port):
        """The storm's clients, while the block lasts; the long ones are asked once more at its end."""
        long = [self.closing(self.connect(port)) for _ in range(LONG)]
        threads = [threading.Thread(target=self.visit, args=(port,)) for _ in range(2)]
        threads.append(threading.Thread(target=self.keep, args=(long,)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        for connection in long:
            self.ping(connection)
            connection.close()

    def reload_for(self, gateway, seconds, **options):
        """Reloads again and again; how often it was told to."""
        started = time.monotonic()
        turns = 0
        while time.monotonic() - started < seconds:
            turns += 1
            self.reload(gateway, self.route(turns, **options))
            self.over.wait(max(0, turns * RELOAD_EVERY - (time.monotonic() - started)))
        return turns

    def assertNobodyFailed(self, gateways, turns):
        """Prints what the storm did to these, the last of which still runs."""
        reloads = sum(len(self.events(gateway, "reloaded")) for gateway in gateways)
        print(
            f"{self.made} new and {LONG} long connections, {turns} signals, {reloads} reloads and"
            f" {len(gateways) - 1} restarts in {STORM_SECONDS:g} s: {len(self.failures)} failures;"
            f" {resident_kilobytes(gateways[-1].child.process.pid)} kB"
        )
        self.assertEqual(self.failures[:5], [])
        self.assertGreater(self.made, 0)
        # Signals that come during a reload are one.
        self.assertGreater(reloads, turns / 4)

    def test_fails_nobody(self):
        gateway = self.serve(self.route(0))
        with self.clients(gateway.port):
            turns = self.reload_for(gateway, STORM_SECONDS)
        self.assertNobodyFailed([gateway], turns)

    def test_fails_nobody_at_a_restart(self):
        """As above, with a socket of the service manager's, and three times another process takes over."""
        listener = self.closing(listen())
        options = {
            "address": f"127.0.0.1:{listener.getsockname()[1]}",
            "top": f'[limits]\ndrain_timeout = "{STORM_SECONDS + 60:g}s"',
        }
        gateways = [self.serve(self.route(0, **options), **inheriting([listener]))]
        restarts = 3
        turns = 0
        with self.clients(gateways[0].port):
            for _ in range(restarts):
                turns += self.reload_for(gateways[-1], STORM_SECONDS / (restarts + 1), **options)
                gateways[-1].child.signal(signal.SIGTERM)
                gateways.append(self.serve(self.route(0, **options), **inheriting([listener])))
            turns += self.reload_for(gateways[-1], STORM_SECONDS / (restarts + 1), **options)
        self.assertNobodyFailed(gateways, turns)
        # The long ones have stayed with the first, which ends with them.
        for old in gateways[:-1]:
            self.assertEqual(old.child.wait(), 0)
        self.assertGreaterEqual(len(gateways[0].connections()), LONG)
        self.assertGreater(len(gateways[-1].connections()), 0)

    def test_does_not_grow(self):
        gateway = self.serve(self.route(0))
        sizes = []
        for turn in range(1, 1001):
            self.reload_and_wait(gateway, self.route(turn))
            if turn % 10 == 0:
                with self.connect(gateway.port) as connection:
                    self.ping(connection)
            if turn in (200, 1000):
                sizes.append(resident_kilobytes(gateway.child.process.pid))
        print(f"after 200 and 1,000 reloads: {sizes[0]} and {sizes[1]} kB")
        self.assertLess(sizes[1] - sizes[0], 2048)


if __name__ == "__main__":
    unittest.main()
