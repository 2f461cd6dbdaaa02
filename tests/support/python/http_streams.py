"""HTTP clients of our own, for what curl can't do: both directions at once, trailers of requests, tunnels.

Both kinds of stream are used alike: `send` and `end` upwards, `head` and `receive` downwards.
"""

import socket
import ssl

import h2.config
import h2.connection
import h2.events

from processes import PATIENCE


class Broken(Exception):
    """The stream or the connection ended before what was waited for."""


def connect_tls(port, host, alpn):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    secured = context.wrap_socket(plain, server_hostname=host)
    if secured.selected_alpn_protocol() != alpn:
        raise AssertionError(f"selected {secured.selected_alpn_protocol()}, not {alpn}")
    return secured


class Http1Stream:
    """One request on a connection of its own; a body of unknown length goes in chunks."""

    def __init__(self, port, host, method, path, fields=(), *, body=True):
        self._socket = connect_tls(port, host, "http/1.1")
        self._input = bytearray()
        self._body = bytearray()
        self._answer_is_chunked = False
        self._sends_chunks = body
        chunked = [("Transfer-Encoding", "chunked")] if body else []
        lines = [f"{name}: {value}" for name, value in [("Host", f"{host}:{port}"), *chunked, *fields]]
        self._socket.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1"))

    def send(self, data):
        self._socket.sendall(b"%x\r\n%b\r\n" % (len(data), data) if self._sends_chunks else data)

    def send_until_blocked(self, most):
        """Sends up to so many bytes, until the other side takes no more for a second; how many it took."""
        sent, piece = 0, b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        self._socket.settimeout(1)
        try:
            while sent < most:
                self._socket.sendall(piece)
                sent += 0x4000
        except TimeoutError:
            pass
        return sent

    def end(self, trailers=()):
        lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
        self._socket.sendall(f"0\r\n{lines}\r\n".encode("latin-1"))

    def head(self):
        """Status and fields of the final answer, names in lower case."""
        while True:
            first, *lines = self._take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(first.split()[1])
            if not 100 <= status < 200 or status == 101:
                fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
                self._answer_is_chunked = "chunked" in fields.get("transfer-encoding", "")
                return status, fields

    def receive(self, count):
        """Exactly so many bytes of the body, or of the tunnel."""
        while len(self._body) < count:
            if self._answer_is_chunked:
                size = int(self._take_until(b"\r\n"), 16)
                if size == 0:
                    raise Broken("the body has ended")
                self._body += self._take(size)
                self._take(2)
            else:
                if not self._input:
                    self._fill()
                self._body += self._take(len(self._input))
        taken = bytes(self._body[:count])
        del self._body[:count]
        return taken

    def reset(self):
        """Gives up at once."""
        self._socket.close()

    close = reset

    def _fill(self):
        data = self._socket.recv(65536)
        if not data:
            raise Broken(f"the connection ended, after {bytes(self._input)!r}")
        self._input += data

    def _take(self, count):
        while len(self._input) < count:
            self._fill()
        taken = bytes(self._input[:count])
        del self._input[:count]
        return taken

    def _take_until(self, end):
        while end not in self._input:
            self._fill()
        return self._take(self._input.index(end) + len(end))[: -len(end)]


class H2Connection:
    """A connection of HTTP/2, driven by python3-h2. A stream's window opens as the test reads from it."""

    def __init__(self, port, host):
        self.authority = f"{host}:{port}"
        self._socket = connect_tls(port, host, "h2")
        config = h2.config.H2Configuration(header_encoding="latin-1", normalize_outbound_headers=False)
        self.engine = h2.connection.H2Connection(config)
        self.engine.initiate_connection()
        self.streams = {}
        self.settings_came = False
        self.flush()
        while not self.settings_came:
            self.pump()

    def open(self, method, path, fields=(), *, end=False, protocol=None):
        """Starts a request; with `protocol`, an extended CONNECT (RFC 8441 §4)."""
        head = [(":method", method), (":scheme", "https"), (":path", path), (":authority", self.authority)]
        if protocol:
            head.append((":protocol", protocol))
        stream = H2Stream(self, self.engine.get_next_available_stream_id())
        self.streams[stream.number] = stream
        self.engine.send_headers(stream.number, [*head, *fields], end_stream=end)
        self.flush()
        return stream

    @property
    def allows_extended_connect(self):
        return self.engine.remote_settings.enable_connect_protocol == 1

    def set_patience(self, seconds):
        self._socket.settimeout(seconds)

    def flush(self):
        self._socket.sendall(self.engine.data_to_send())

    def pump(self):
        """Reads once and hands what came to the streams."""
        data = self._socket.recv(65536)
        if not data:
            raise Broken("the connection ended")
        for event in self.engine.receive_data(data):
            self.settings_came |= isinstance(event, h2.events.RemoteSettingsChanged)
            if isinstance(event, h2.events.ConnectionTerminated):
                raise Broken(f"GOAWAY {event.error_code} {event.additional_data}")
            stream = self.streams.get(getattr(event, "stream_id", None))
            if stream:
                stream.take(event)
        self.flush()

    def close(self):
        self._socket.close()


class H2Stream:
    """One request on an H2Connection."""

    def __init__(self, connection, number):
        self.connection = connection
        self._engine = connection.engine
        self.number = number
        self.interim = []
        self.answer = None
        self.body = bytearray()
        self.trailers = None
        self.ended = False
        self.error = None  # the code that reset it

    def take(self, event):
        if isinstance(event, h2.events.InformationalResponseReceived):
            self.interim.append(_split(event.headers))
        elif isinstance(event, h2.events.ResponseReceived):
            self.answer = _split(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self.body += event.data
            # The connection's window is no subject of these tests; the stream's opens when the test reads.
            if event.flow_controlled_length:
                self._engine.increment_flow_control_window(event.flow_controlled_length)
        elif isinstance(event, h2.events.TrailersReceived):
            self.trailers = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended = True
        elif isinstance(event, h2.events.StreamReset):
            self.error = int(event.error_code)

    def send(self, data):
        while data:
            if self.error is not None:
                raise Broken(f"reset with {self.error}")
            room = min(self._engine.local_flow_control_window(self.number), self._engine.max_outbound_frame_size)
            if room <= 0:
                self._wait(lambda: self._engine.local_flow_control_window(self.number) > 0)
                continue
            self._engine.send_data(self.number, data[:room])
            data = data[room:]
            self.connection.flush()

    def send_until_blocked(self, most):
        """Sends up to so many bytes, until the other side takes no more for a second; how many it took."""
        sent = 0
        self.connection.set_patience(1)
        try:
            while sent < most:
                self.send(b"x" * 0x4000)
                sent += 0x4000
        except TimeoutError:
            pass
        self.connection.set_patience(PATIENCE)
        return sent

    def end(self, trailers=()):
        if trailers:
            self._engine.send_headers(self.number, list(trailers), end_stream=True)
        else:
            self._engine.end_stream(self.number)
        self.connection.flush()

    def head(self):
        self._wait(lambda: self.answer)
        return self.answer

    def receive(self, count):
        taken = bytearray()
        while len(taken) < count:
            self._wait(lambda: self.body)
            piece = self.body[: count - len(taken)]
            del self.body[: len(piece)]
            taken += piece
            if not self.ended and self.error is None:
                self._engine.increment_flow_control_window(len(piece), self.number)
                self.connection.flush()
        return bytes(taken)

    def rest(self):
        """The body to its end."""
        taken = bytearray()
        while self.body or not self.ended:
            taken += self.receive(len(self.body))
            if not self.ended and not self.body:
                self.connection.pump()
        return bytes(taken)

    def reset(self):
        self._engine.reset_stream(self.number, 8)  # CANCEL
        self.connection.flush()

    def wait_for_reset(self):
        """The code of the RST_STREAM that ended it."""
        while self.error is None:
            if self.ended:
                raise AssertionError("it ended well")
            self.connection.pump()
        return self.error

    def close(self):
        self.connection.close()

    def _wait(self, condition):
        while not condition():
            if self.error is not None:
                raise Broken(f"reset with {self.error}")
            if self.ended:
                raise Broken("the stream has ended")
            self.connection.pump()


def _split(headers):
    fields = dict(headers)
    return int(fields.pop(":status")), fields


def open_stream(protocol, port, host, method, path, fields=()):
    """A request whose body is sent piece by piece, on a connection of its own."""
    if protocol == "h2":
        return H2Connection(port, host).open(method, path, fields)
    return Http1Stream(port, host, method, path, fields)
