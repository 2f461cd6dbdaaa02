"""Servers to be probed."""

import socket
import threading

from ports import free_port, is_open
from processes import Child, wait_until


class GnutlsServer:
    """`gnutls-serv --http`."""

    def __init__(self, certificate, *options):
        # It can't be asked which port it got.
        self.port = free_port()
        self._child = Child(
            ["gnutls-serv", "--http", "-p", str(self.port), "--x509certfile", certificate.chain]
            + ["--x509keyfile", certificate.key, *options]
        )
        wait_until(lambda: is_open(self.port), "gnutls-serv to listen")

    def close(self):
        self._child.close()


class RawServer:
    """Calls `serve` with each connection, which is closed after it."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass
