"""Real servers to put behind the gateway. Each has a `port` that the kernel chose, and `close()`."""

import http.server
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

from clients import require
from processes import Child, environment, wait_until

# How an HTTP server of ours answers, so that a test knows whom it reached.
MARK = "answered by the "


class Nginx:
    """nginx over TLS with h2 and http/1.1, or over plain TCP; it serves the files of `folder`/root."""

    def __init__(self, folder, certificate=None):
        self.root = Path(folder) / "root"
        self.root.mkdir()
        (self.root / "index.html").write_text(MARK + "nginx\n")
        # The socket is handed over as nginx does when it replaces its own binary: no port can be lost in between.
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
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
                listen 127.0.0.1:{self.port} {"ssl http2" if certificate else ""};
                {tls}
                root {self.root};
              }}
            }}
            """

    def close(self):
        self._child.close()


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


class Echo:
    """Sends back what it gets, with a greeting first; half-closes when its client does."""

    def __init__(self, greeting):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._greeting = greeting
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(peer,), daemon=True).start()

    def _echo(self, peer):
        with peer:
            peer.sendall(self._greeting)
            while data := peer.recv(65536):
                peer.sendall(data)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
