"""Other people's proxies, to stand before or behind the gateway. Each has a `port` and `close()`."""

import os
import re
import socket
from pathlib import Path

from backends import listening_port
from clients import require
from processes import Child, environment, wait_until


def write_pem(folder, certificate):
    """Chain and key in one file, as HAProxy and hitch want them."""
    path = Path(folder) / "both.pem"
    path.write_text(certificate.chain.read_text() + certificate.key.read_text())
    return path


class Haproxy:
    """HAProxy with one `listen` section: `bind` follows its address, `section` is the rest."""

    def __init__(self, folder, *, bind="", section):
        # Handed over while it listens, so that clients that come early wait.
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
            configuration = Path(folder) / f"haproxy-{self.port}.cfg"
            configuration.write_text(
                f"""
global
  ssl-server-verify none
defaults
  timeout connect 20s
  timeout client 20s
  timeout server 20s
listen proxy
  bind fd@{listener.fileno()} {bind}
  {section}
"""
            )
            command = [require("haproxy"), "-db", "-f", configuration]
            self._child = Child(command, pass_fds=[listener.fileno()])

    def close(self):
        self._child.close()


class NginxStream:
    """nginx's stream module with one server: `listen` follows its address, `server` is the rest."""

    def __init__(self, folder, *, listen="", server):
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
            configuration = Path(folder) / f"nginx-{self.port}.conf"
            configuration.write_text(
                f"""
                load_module modules/ngx_stream_module.so;
                {"user root;" if os.geteuid() == 0 else ""}
                daemon off;
                pid {folder}/nginx-{self.port}.pid;
                events {{ worker_connections 256; }}
                stream {{ server {{ listen 127.0.0.1:{self.port} {listen}; {server} }} }}
                """
            )
            self._child = Child(
                [require("nginx"), "-p", "/usr/share/nginx", "-e", "stderr", "-c", configuration],
                env=environment(NGINX=f"{listener.fileno()};"),
                pass_fds=[listener.fileno()],
            )

    def close(self):
        self._child.close()


class Hitch:
    """hitch, which ends TLS and says so to its backend with these `options`."""

    def __init__(self, folder, certificate, backend, *options):
        pem = write_pem(folder, certificate)
        user = ["--user=nobody"] if os.geteuid() == 0 else []
        command = [require("hitch"), f"--backend=[127.0.0.1]:{backend}", "--frontend=[127.0.0.1]:0", "--workers=1"]
        self._child = Child([*command, *user, *options, pem])
        worker = self._child.stderr.wait_for(
            lambda lines: next(filter(None, (re.search(r"\[ *(\d+)\].* Process 0 online", line) for line in lines)), None)
        )
        # It does not say which port it got.
        self.port = wait_until(lambda: listening_port(int(worker[1])), "hitch to listen")

    def close(self):
        self._child.close()


class HeaderRecorder:
    """Keeps what each connection began with, and answers it with "seen"."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]

    def next(self):
        """What the next connection sent until it ended or sent an empty line."""
        self._listener.settimeout(20)
        peer, _ = self._listener.accept()
        with peer:
            peer.settimeout(20)
            data = b""
            while not data.endswith(b"GET / HTTP/1.0\r\n\r\n"):
                some = peer.recv(65536)
                if not some:
                    break
                data += some
            peer.sendall(b"seen")
            return data

    def close(self):
        self._listener.close()
