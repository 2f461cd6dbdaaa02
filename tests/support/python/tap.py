"""A TCP relay that remembers what went through it, so that both ends of the gateway can be compared byte by byte."""

import fcntl
import select
import socket
import struct
import termios
import threading

from processes import PATIENCE
from raw_server import RawServer

# <linux/sockios.h>: what is sent and not yet acknowledged.
_SIOCOUTQ = termios.TIOCOUTQ


class Tap(RawServer):
    """Relays each connection to 127.0.0.1:`target`. With `split`, the client's first bytes go out in two segments."""

    def __init__(self, target, *, split=None):
        self._target = target
        self._split = split
        self._changed = threading.Condition()
        self._open = 0
        self.streams = []  # of each connection: [bytes from the client, bytes from the server]
        self.flights = []  # of each connection: "client" or "server" each time that the other one had its turn to send
        super().__init__(self._relay)

    def wait(self, count=1):
        """The streams of `count` connections, when all connections have ended."""
        with self._changed:
            done = self._changed.wait_for(lambda: len(self.streams) >= count and self._open == 0, PATIENCE)
            if not done:
                raise AssertionError(f"{len(self.streams)} connections, {self._open} of them open")
            return [(bytes(up), bytes(down)) for up, down in self.streams]

    def _relay(self, client):
        stream, flights = [bytearray(), bytearray()], []
        with self._changed:
            self.streams.append(stream)
            self.flights.append(flights)
            self._open += 1
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def noting(sender, seen):
                def note(data):
                    seen.extend(data)
                    if flights[-1:] != [sender]:
                        flights.append(sender)

                return note

            back = threading.Thread(
                target=_copy, args=(server, client, noting("server", stream[1]), None), daemon=True
            )
            back.start()
            _copy(client, server, noting("client", stream[0]), self._split)
            back.join()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


def _copy(source, sink, note, split):
    try:
        while data := source.recv(65536):
            note(data)
            if split and len(data) > split:
                sink.sendall(data[:split])
                _wait_until_acknowledged(sink)
                data = data[split:]
            split = None
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _wait_until_acknowledged(sock):
    while struct.unpack("i", fcntl.ioctl(sock, _SIOCOUTQ, b"\0" * 4))[0] > 0:
        select.select([], [], [], 0.001)
