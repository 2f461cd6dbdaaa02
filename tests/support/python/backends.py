"""Real servers to put behind the gateway. Each has a `port` that the kernel chose, and `close()`."""

import contextlib
import http.server
import json
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

from clients import require
from ports import free_port, is_open
from processes import PATIENCE, Child, environment, wait_until
from raw_server import RawServer

# How an HTTP server of ours answers, so that a test knows whom it reached.
MARK = "answered by the "


class Nginx:
    """nginx over TLS with h2 and http/1.1, or over plain TCP; it serves the files of `folder`/root.

    Over plain TCP it speaks HTTP/1.1, or with `h2c` HTTP/2 alone.
    """

    def __init__(self, folder, certificate=None, *, h2c=False):
        self._listen = "ssl http2" if certificate else "http2" if h2c else ""
        self.root = Path(folder) / "root"
        self.root.mkdir()
        (self.root / "index.html").write_text(MARK + "nginx\n")
        # The socket is handed over as nginx does when it replaces its own binary: no port can be lost in between.
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
            # Where it speaks plain TCP.
            self.url = f"{'h2c' if h2c else 'http'}://127.0.0.1:{self.port}"
            configuration = Path(folder) / "nginx.conf"
            configuration.write_text(self._configuration(Path(folder), certificate))
            self._child = Child(
                [require("nginx"), "-p", folder, "-e", "stderr", "-c", configuration],
                env=environment(NGINX=f"{listener.fileno()};"),
                pass_fds=[listener.fileno()],
            )
        pid = Path(folder) / "nginx.pid"
        wait_until(lambda: pid.exists() or self._child.process.poll() is not None, "nginx to start")
        if self._child.process.poll() is not None:
            raise AssertionError(f"nginx ended with {self._child.wait()}: {self._child}")

    def _configuration(self, folder, certificate):
        tls = (
            f"ssl_certificate {certificate.chain}; ssl_certificate_key {certificate.key};"
            "ssl_protocols TLSv1.2 TLSv1.3;"
            if certificate
            else ""
        )
        paths = "".join(
            f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return f"""
            {"user root;" if os.geteuid() == 0 else ""}
            daemon off;
            pid {folder}/nginx.pid;
            events {{ worker_connections 256; }}
            http {{
              access_log off;
              {paths}
              server {{
                listen 127.0.0.1:{self.port} {self._listen};
                {tls}
                root {self.root};
              }}
            }}
            """

    def close(self):
        self._child.close()


class TellingChild:
    """A program that tells what happens to it on standard output: objects of JSON, a line each, with an `event`."""

    def __init__(self, command):
        # One that ends with its standard input must find that open.
        self._child = Child(command, stdin=subprocess.PIPE)

    def events(self, event, **facts):
        """All events of this kind so far of which these facts hold."""
        return _matching(self._child.stdout.all(), event, facts)

    def wait_for(self, event, *, count=1, timeout=PATIENCE, **facts):
        """The event of this kind that is number `count` of those of which these facts hold."""

        def find(lines):
            found = _matching(lines, event, facts)
            return found[count - 1] if len(found) >= count else None

        return self._child.stdout.wait_for(find, timeout=timeout)

    def close(self):
        self._child.close()
        self._child.process.stdin.close()


def _matching(lines, event, facts):
    told = [json.loads(line) for line in lines]
    return [each for each in told if each["event"] == event and all(each.get(k) == v for k, v in facts.items())]


class App(TellingChild):
    """The Node.js application of tests/support/node: HTTP/1.1, or with `h2c` HTTP/2 by prior knowledge.

    The other options are those of app.js.
    """

    def __init__(self, *, h2c=False, **options):
        options["protocol"] = "h2c" if h2c else "http/1.1"
        script = Path(__file__).resolve().parents[1] / "node" / "app.js"
        super().__init__([require("node"), script, json.dumps(options)])
        self.port = self.wait_for("listening")["port"]
        place = f"unix:{options['unix']}" if "unix" in options else f"127.0.0.1:{self.port}"
        self.url = f"{'h2c' if h2c else 'http'}://{place}"


class Nghttpd:
    """nghttp2's own server: HTTP/2 by prior knowledge. It serves the files of `folder`/root and sends a trailer."""

    def __init__(self, folder):
        self.root = Path(folder) / "root"
        self.root.mkdir()
        (self.root / "index.html").write_text(MARK + "nghttpd\n")
        command = [require("nghttpd"), "--no-tls", "--address=127.0.0.1", f"--htdocs={self.root}"]
        self._child = Child([*command, "--echo-upload", "--trailer=x-trailer: there", "0"])
        # It does not say which port it got.
        self.port = wait_until(lambda: listening_port(self._child.process.pid), "nghttpd to listen")
        self.url = f"h2c://127.0.0.1:{self.port}"

    def close(self):
        self._child.close()


def listening_port(pid):
    """The IPv4 port that a process listens on; None before that."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.add(os.readlink(descriptor))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_, inode = line.split()[:10]
        if state == "0A" and f"socket:[{inode}]" in sockets:  # 0A: TCP_LISTEN
            return int(local.rpartition(":")[2], 16)
    return None


class OpensslServer:
    """`openssl s_server -www`, which answers HTTP/1.0 with a page about the connection."""

    def __init__(self, certificate, *, alpn=(), www=True):
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate.chain, "-key", certificate.key]
        if alpn:
            command += ["-alpn", ",".join(alpn)]
        # Without -www it reads its standard input, whose end would end it: hold a pipe open.
        self._child = Child([*command, "-www"] if www else command, stdin=subprocess.PIPE)
        accept = self._child.stdout.wait_for(
            lambda lines: next(filter(None, (re.match(r"ACCEPT .*:(\d+)$", line) for line in lines)), None)
        )
        self.port = int(accept[1])

    def close(self):
        self._child.close()
        self._child.process.stdin.close()


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


class PlainHttp:
    """An HTTP/1.1 server in this process, without TLS."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.answer(MARK.encode() + b"plain server\n")

            def do_POST(self):
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class Echo(RawServer):
    """Sends back what it gets, with a greeting first; half-closes when its client does."""

    def __init__(self, greeting):
        self._greeting = greeting
        super().__init__(self._echo)

    def _echo(self, peer):
        peer.sendall(self._greeting)
        while data := peer.recv(65536):
            peer.sendall(data)
