"""A TLS connection that sends any bytes, and takes in what arrives while it sends.

It bears a server that stops reading for a while, and one that hangs up, and says which of these it was.
"""

import select
import socket
import ssl
import time

from processes import PATIENCE

_CHUNK = 16384  # of plain bytes in one TLS record, at most


class RawTls:
    """A connection to 127.0.0.1:`port` on which `protocol` was negotiated."""

    def __init__(self, port, protocol):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)
        if self._socket.selected_alpn_protocol() != protocol:
            raise AssertionError(f"{self._socket.selected_alpn_protocol()} was selected, not {protocol}")
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())  # as the gateway's log has it
        self.received = bytearray()  # that nobody has taken out
        self.end = None  # "closed" by close_notify, "cut" without it, "reset"; None: still open

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """Sends all of it, unless the connection ends meanwhile."""
        view = memoryview(data)
        deadline = time.monotonic() + PATIENCE
        while view and not self.end:
            self._take()
            # A record that was begun must be tried again with the same bytes.
            chunk = view[:_CHUNK]
            try:
                view = view[self._socket.send(chunk) :]
                deadline = time.monotonic() + PATIENCE
                continue
            except ssl.SSLWantWriteError:
                select.select([self._socket], [self._socket], [], 1)
            except ssl.SSLWantReadError:
                select.select([self._socket], [], [], 1)
            except OSError:
                self._take()
                self.end = self.end or "reset"
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing was read for {PATIENCE} s; {len(view)} bytes are left to send")

    def push(self, data):
        """Sends without reading what arrives; False once nothing could be sent for a second."""
        view = memoryview(data)
        while view and not self.end:
            try:
                view = view[self._socket.send(view[:_CHUNK]) :]
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                if not select.select([], [self._socket], [], 1)[1]:
                    return False
            except OSError:
                self._take()
                self.end = self.end or "reset"
        return not self.end

    def wait(self, condition, *, timeout=PATIENCE):
        """Takes in what arrives until `condition` holds, the connection ends or time is up; whether it holds."""
        deadline = time.monotonic() + timeout
        while True:
            self._take()
            left = deadline - time.monotonic()
            if condition():
                return True
            if self.end or left <= 0:
                return False
            select.select([self._socket], [], [], left)

    def wait_for_end(self, *, timeout=PATIENCE):
        self.wait(lambda: False, timeout=timeout)
        return self.end

    def _take(self):
        while not self.end:
            try:
                data = self._socket.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except ssl.SSLEOFError:
                self.end = "cut"
            except OSError:
                self.end = "reset"
            else:
                self.received += data
                self.end = None if data else "closed"
                self._on_received()

    def _on_received(self):
        """For a subclass that understands the bytes."""
