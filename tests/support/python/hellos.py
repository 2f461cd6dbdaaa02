"""TLS clients of the ssl module whose bytes the test carries itself."""

import contextlib
import ssl


class Hello:
    """A client that offers these protocols, up to its ClientHello, in `bytes`."""

    def __init__(self, *names):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(names)
        self._incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client = context.wrap_bio(self._incoming, outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            self._client.do_handshake()
        self.bytes = outgoing.read()

    def read_answer(self, connection):
        """What the server selects, read from a socket that the hello was sent on; None where the server ends it."""
        while self._client.selected_alpn_protocol() is None:
            data = connection.recv(65536)
            if not data:
                return None
            self._incoming.write(data)
            with contextlib.suppress(ssl.SSLWantReadError):
                self._client.do_handshake()
        return self._client.selected_alpn_protocol()
