"""Starting a program as systemd's socket activation does, and hearing what it tells its service manager."""

import contextlib
import http.client
import socket
import ssl
import sys
from pathlib import Path

from processes import environment

# Runs in the process that becomes the program: LISTEN_PID must be its own.
_LAUNCH = """
import fcntl, os, sys
given = [int(each) for each in sys.argv[1].split(",")]
apart = [fcntl.fcntl(each, fcntl.F_DUPFD, 100) for each in given]
for number, each in enumerate(apart, 3):
    os.dup2(each, number)
    os.close(each)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(given)))
if sys.argv[2]:
    os.environ["LISTEN_FDNAMES"] = sys.argv[2]
os.execv(sys.argv[3], sys.argv[3:])
"""


def listen(host="127.0.0.1", *, backlog=4096):
    """A listening socket as a socket unit makes one: blocking, at a port of the kernel's choice."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, 0))
    listener.listen(backlog)
    return listener


def inheriting(sockets, names=()):
    """How `Gateway` starts with these sockets, named so."""
    numbers = [each.fileno() for each in sockets]
    return {
        "launcher": (sys.executable, "-c", _LAUNCH, ",".join(map(str, numbers)), ":".join(names)),
        "pass_fds": numbers,
    }


def ask(address, *, timeout=30):
    """The status of one request for the inspector page on a connection of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(*address, context=context, timeout=timeout)
    try:
        connection.request("GET", "/json", headers={"Connection": "close"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


class ServiceManager:
    """The receiving end of sd_notify(3), in the file system or in the abstract namespace."""

    def __init__(self, folder, *, abstract=False):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if abstract:
            self._socket.bind("")  # the kernel makes up a name
            self.address = "@" + self._socket.getsockname()[1:].decode()
        else:
            self.address = str(Path(folder) / "notify.sock")
            self._socket.bind(self.address)

    def environment(self):
        return environment(NOTIFY_SOCKET=self.address)

    def next(self, timeout=30):
        """The next message, as a dictionary."""
        self._socket.settimeout(timeout)
        lines = self._socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def waiting(self):
        """Whether there is one more."""
        with contextlib.suppress(TimeoutError, BlockingIOError):
            return bool(self.next(timeout=0.0))
        return False

    def close(self):
        self._socket.close()
