"""The wall clock jumps, forwards and back: connections, deadlines and reloads go by another clock."""

import datetime
import glob
import os
import signal
import socket
import time
import unittest

from backends import Echo
from hellos import Hello
from http_streams import connect_tls
from processes import environment, wait_until
from roads import HttpTest

HELLO_TIMEOUT = 1


class Clock(HttpTest):
    def setUp(self):
        super().setUp()
        self.echo = self.closing(Echo(b"hello"))
        libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.assertTrue(libraries, "faketime is installed by script/setup --all")
        self.offset = self.folder / "offset"
        self.jump("+0")
        self.gateway = self.serve(
            self.configure(
                f'alpn = "echo/1"\ntcp = "127.0.0.1:{self.echo.port}"',
                top=f'[limits]\nhello_timeout = "{HELLO_TIMEOUT}s"',
            ),
            env=environment(
                LD_PRELOAD=libraries[0],
                FAKETIME_TIMESTAMP_FILE=str(self.offset),
                FAKETIME_NO_CACHE="1",
                # As the kernel does: what is set is the wall clock alone.
                FAKETIME_DONT_FAKE_MONOTONIC="1",
                NO_FAKE_STAT="1",
            ),
        )

    def jump(self, offset):
        fresh = self.folder / "fresh"
        fresh.write_text(offset + "\n")
        os.replace(fresh, self.offset)

    def ping(self, connection):
        connection.sendall(b"ping")
        self.assertEqual(connection.recv(4), b"ping")

    def connect(self):
        connection = connect_tls(self.gateway.port, "localhost", "echo/1")
        self.assertEqual(connection.recv(5), b"hello")
        return connection

    def visit(self):
        """A connection from its beginning to its end; when that was, by the gateway's clock."""

        def act():
            with self.connect() as connection:
                self.ping(connection)

        return datetime.datetime.fromisoformat(self.gateway.after(act)[1]["ts"])

    def stall(self):
        """How long half a hello is waited for, in seconds."""
        with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=30) as connection:
            connection.sendall(Hello("echo/1").bytes[:100])
            began = time.monotonic()
            while connection.recv(100):
                pass
            return time.monotonic() - began

    def test_jumps(self):
        kept = self.connect()
        before = self.visit()
        for offset in (3, -400):
            with self.subTest(days=offset):
                reloads = len(self.events("reloaded"))
                self.jump(f"{offset:+}d")
                self.ping(kept)
                jumped = self.visit() - before
                self.assertAlmostEqual(jumped / datetime.timedelta(days=1), offset, delta=0.1)
                waited = self.stall()
                self.assertGreater(waited, HELLO_TIMEOUT * 0.9)
                self.assertLess(waited, HELLO_TIMEOUT + 10)
                self.gateway.child.signal(signal.SIGHUP)
                wait_until(lambda: len(self.events("reloaded")) > reloads, "a reload")
                self.ping(kept)
        kept.close()
        self.assertEqual(self.gateway.stop(), 0)

    def events(self, name):
        return [line for line in self.gateway.child.stderr.all() if f'"event":"{name}"' in line]


if __name__ == "__main__":
    unittest.main()
