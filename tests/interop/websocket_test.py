"""WebSockets over http/1.1 and over h2 (RFC 8441), to a backend of HTTP/1.1."""

import os
import unittest

from exchanges import PROTOCOLS
from http_streams import Broken, H2Connection
from roads import HttpTest
from websockets import BINARY, CLOSE, PING, PONG, TEXT, Refused, WebSocket


class WebSockets(HttpTest):
    def setUp(self):
        super().setUp()
        self.app = self.make_app()
        self.gateway = self.serve_http(f'http = "{self.app.url}"')

    def each_client(self, test):
        for _, protocol in PROTOCOLS:
            with self.subTest(client=protocol):
                test(protocol)

    def open(self, protocol, path="/socket", **options):
        return self.closing(WebSocket(protocol, self.gateway.port, "localhost", path, **options))

    def assertEchoes(self, socket, kind, payload):
        socket.send(kind, payload)
        self.assertEqual(socket.read(), (kind, payload))

    def test_echo(self):
        def test(protocol):
            socket = self.open(protocol)
            self.assertEchoes(socket, TEXT, "häßlich ✓".encode())
            for size in (0, 1, 125, 126, 65535, 65536, 3 * 1024 * 1024):
                self.assertEchoes(socket, BINARY, os.urandom(size))

        self.each_client(test)

    def test_pings_and_fragments(self):
        def test(protocol):
            socket = self.open(protocol)
            socket.send(TEXT, b"one ", last=False)
            socket.send(PING, b"in between")
            socket.send(0, b"two")
            self.assertEqual(socket.read(), (PONG, b"in between"))
            self.assertEqual(socket.read(), (TEXT, b"one two"))

        self.each_client(test)

    def test_close_and_what_the_log_says(self):
        def test(protocol):
            before = len(self.gateway.requests())
            socket = self.open(protocol, "/socket/close?token=secret")
            self.assertEchoes(socket, TEXT, b"hello")
            code = (1001).to_bytes(2, "big")
            socket.send(CLOSE, code)
            self.assertEqual(socket.read(), (CLOSE, code))
            # The end of the backend's stream comes here as well.
            with self.assertRaises(Broken):
                socket.read()
            socket.close()
            self.app.wait_for("websocket_closed", code=1001, count=before + 1)
            line = self.gateway.wait_for_requests(before + 1)[before]
            # As the backend was asked and answered; h2 has CONNECT and 200 for it.
            self.assertFacts(line, status=101, protocol=protocol, backend_protocol="http/1.1", path="/socket/close")
            self.assertFacts(line, method="GET", reason=None, error=None)
            # Both ways: the message and the close frame; what the client sends has a mask of four bytes.
            self.assertFacts(line, bytes_in=(6 + 5) + (6 + 2), bytes_out=(2 + 5) + (2 + 2))

        self.each_client(test)

    def test_subprotocol_and_fields(self):
        def test(protocol):
            before = len(self.app.events("upgrade"))
            socket = self.open(protocol, "/socket", subprotocols=["chat", "other"])
            self.assertEqual(socket.fields["sec-websocket-protocol"], "chat")
            fields = self.app.wait_for("upgrade", count=before + 1)["fields"]
            self.assertEqual(fields["sec-websocket-version"], "13")
            self.assertEqual(len(fields["sec-websocket-key"]), 24)
            self.assertEqual(fields["upgrade"].lower(), "websocket")
            self.assertEqual(fields["x-forwarded-for"], "127.0.0.1")
            self.assertEqual(fields["x-forwarded-proto"], "https")
            self.assertEqual(fields["host"], f"localhost:{self.gateway.port}")
            if protocol == "h2":
                # They are of HTTP/1.1's handshake and have no place in that of h2 (RFC 8441 §5).
                for name in ("connection", "upgrade", "sec-websocket-accept"):
                    self.assertNotIn(name, socket.fields)

        self.each_client(test)

    def test_refused_by_the_backend(self):
        def test(protocol):
            with self.assertRaises(Refused) as caught:
                self.open(protocol, "/refuse")
            self.assertEqual(caught.exception.status, 403)
            line = self.gateway.wait_for_request(protocol=protocol, path="/refuse")
            self.assertFacts(line, status=403, reason=None)

        self.each_client(test)

    def test_client_that_goes_away(self):
        def test(protocol):
            before = len(self.app.events("upgrade_ended"))
            socket = self.open(protocol)
            self.assertEchoes(socket, TEXT, b"hello")
            socket.close()
            self.app.wait_for("upgrade_ended", count=before + 1)

        self.each_client(test)

    def test_backend_that_goes_away(self):
        def test(protocol):
            app = self.make_app()
            gateway = self.serve_http(f'http = "{app.url}"')
            socket = self.closing(WebSocket(protocol, gateway.port, "localhost", "/socket"))
            self.assertEchoes(socket, TEXT, b"hello")
            app.close()
            with self.assertRaises(Broken):
                socket.read()
            gateway.wait_for_request(path="/socket", protocol=protocol)

        self.each_client(test)

    def test_beside_requests_on_one_connection(self):
        connection = H2Connection(self.gateway.port, "localhost")
        sockets = [self.open("h2", connection=connection) for _ in range(3)]
        for number, socket in enumerate(sockets):
            socket.send(TEXT, b"message %d" % number)
        stream = connection.open("GET", "/bytes/1000000", end=True)
        self.assertEqual((stream.head()[0], len(stream.rest())), (200, 1000000))
        for number, socket in enumerate(sockets):
            self.assertEqual(socket.read(), (TEXT, b"message %d" % number))
        sockets[0].stream.reset()
        self.app.wait_for("upgrade_ended")
        self.assertEchoes(sockets[1], TEXT, b"still there")

    def test_other_tunnels_are_refused(self):
        connection = self.closing(H2Connection(self.gateway.port, "localhost"))
        stream = connection.open("CONNECT", "/socket", protocol="unknown")
        # RFC 8441 §4 has no status for it, RFC 9220 §3 has 501; 502 where the backend was asked and did not agree.
        self.assertIn(stream.head()[0], (400, 501, 502))


if __name__ == "__main__":
    unittest.main()
