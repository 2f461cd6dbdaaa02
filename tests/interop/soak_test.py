"""Mixed traffic for a long time: memory stays flat, and no connection ends otherwise than it asked for.

SIMPLON_SOAK_SECONDS: how long, 1800 unless given. Meant for a build with AddressSanitizer, which finds leaks at the end.
"""

import collections
import contextlib
import os
import random
import signal
import socket
import struct
import threading
import time
import unittest

from backends import Echo
from hellos import Hello
from http_streams import Broken, connect_tls
from processes import resident_kilobytes
from roads import HttpTest

SECONDS = float(os.environ.get("SIMPLON_SOAK_SECONDS", 1800))
# What clients here do on purpose, and what the log says of it; "" is a good end.
EXPECTED = {
    "", "no_common_protocol", "not_tls", "hello_timeout", "client_closed", "client_reset", "handshake_failed", "drained",
}  # fmt: skip


class Soak(HttpTest):
    def setUp(self):
        super().setUp()
        self.echo = self.closing(Echo(b"hello"))
        self.app = self.make_app()
        self.over = threading.Event()
        self.count = collections.Counter()
        self.unexpected = []

    def configuration(self, turn):
        return self.configure(
            f'sni = "turn{turn % 7}.example"\nreject = true',
            f'alpn = "pass/1"\npass = "127.0.0.1:{self.echo.port}"',
            f'alpn = "echo/1"\ntcp = "127.0.0.1:{self.echo.port}"',
            f'http = "{self.app.url}"',
            top='[limits]\nhello_timeout = "1s"\nidle_timeout = "20s"\ndrain_timeout = "1s"',
        )

    def plain(self):
        return contextlib.closing(socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20))

    # What clients do, each to its end.
    def passes(self):
        with self.plain() as connection:
            hello = Hello("pass/1").bytes
            connection.sendall(hello + b"x" * random.choice((0, 10, 200_000)))
            connection.shutdown(socket.SHUT_WR)
            got = b""
            while piece := connection.recv(65536):
                got += piece
            self.assertTrue(got.startswith(b"hello" + hello))

    def echoes(self):
        with contextlib.closing(connect_tls(self.gateway.port, "localhost", "echo/1")) as connection:
            data = b"x" * random.choice((1, 1000, 100_000))
            connection.sendall(data)
            got = b""
            while len(got) < len(data) + 5:
                got += connection.recv(65536)
            self.assertEqual(got, b"hello" + data)

    def asks(self):
        with contextlib.closing(connect_tls(self.gateway.port, "localhost", "http/1.1")) as connection:
            for _ in range(random.randint(1, 5)):
                connection.sendall(b"GET /small/7 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = b""
                while not answer.endswith(b"." * 900):
                    piece = connection.recv(65536)
                    if not piece:
                        raise Broken(repr(answer))
                    answer += piece
                self.assertTrue(answer.startswith(b"HTTP/1.1 200"))

    def is_rejected(self):
        with self.plain() as connection:
            connection.sendall(Hello("nobody/1").bytes)
            self.assertEqual(connection.recv(100), b"\x15\x03\x03\x00\x02\x02\x78")

    def resets(self):
        with self.plain() as connection:
            hello = Hello(random.choice(("pass/1", "echo/1", "http/1.1"))).bytes
            connection.sendall(hello[: random.choice((50, 5000))])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def stalls(self):
        with self.plain() as connection:
            connection.sendall(Hello("http/1.1").bytes[:100])
            self.assertEqual(connection.recv(1), b"")

    def speaks_garbage(self):
        with self.plain() as connection:
            connection.sendall(b"\0" + os.urandom(100))
            with contextlib.suppress(ConnectionError):
                connection.recv(100)

    def act(self):
        kinds = [self.passes, self.echoes, self.asks, self.is_rejected, self.resets, self.speaks_garbage] * 4
        kinds.append(self.stalls)
        while not self.over.is_set():
            kind = random.choice(kinds)
            try:
                kind()
            except (OSError, Broken, AssertionError) as failure:
                self.unexpected.append(f"{kind.__name__}: {failure!r}")
            self.count[kind.__name__] += 1
            # The log of half an hour is to be read at the end.
            self.over.wait(0.05)

    def test_mixed_traffic(self):
        self.gateway = self.serve(self.configuration(0))
        threads = [threading.Thread(target=self.act) for _ in range(6)]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        sizes = []
        turn = 0
        try:
            while time.monotonic() - started < SECONDS:
                turn += 1
                (self.folder / "simplon.toml").write_text(self.configuration(turn))
                self.gateway.child.signal(signal.SIGHUP)
                self.over.wait(min(5, SECONDS / 10))
                sizes.append(resident_kilobytes(self.gateway.child.process.pid))
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        third = len(sizes) // 3
        early, late = (sorted(part)[len(part) // 2] for part in (sizes[third : 2 * third], sizes[2 * third :]))
        print(f"{sum(self.count.values())} connections in {SECONDS:g} s, {turn} reloads; {early} kB, later {late} kB")
        print(dict(self.count))
        self.assertEqual(self.unexpected[:5], [])
        self.assertLess(late, early * 1.05 + 2048)
        reasons = collections.Counter(line["reason"] or "" for line in self.gateway.connections())
        print(dict(reasons))
        self.assertLessEqual(set(reasons), EXPECTED)


if __name__ == "__main__":
    unittest.main()
