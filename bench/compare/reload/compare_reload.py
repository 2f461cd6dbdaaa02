"""What becomes of connections when a gateway is reloaded under traffic: a table, in docs/reload.md."""

import argparse
import contextlib
import datetime
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fronts import ROOT, SIMPLON, Front, version_of  # noqa: E402
from backends import App  # noqa: E402
from hellos import Hello  # noqa: E402
from http_streams import Broken, Http1Stream, connect_tls  # noqa: E402
from websockets import TEXT, WebSocket  # noqa: E402

NEW_PER_SECOND = 50
PATIENCE = 20
DOWNLOAD = 50_000_000


class Server:
    """One of those compared: its configuration's template, its command, and how it is told to reload."""

    def __init__(self, name, template, command, tell, version):
        self.name, self.template, self.command, self.tell, self.version = name, template, command, tell, version


def signal_with(number):
    return lambda process, config: process.send_signal(number)


def tell_caddy(process, config):
    command = ["caddy", "reload", "--force", "--adapter", "caddyfile", "--config", config]
    subprocess.run([*command, "--address", f"unix/{config.parent}/caddy.sock"], check=True, capture_output=True)


SERVERS = [
    Server("Simplon", "simplon.toml", lambda file: [SIMPLON, "serve", "-c", file], signal_with(signal.SIGHUP), [SIMPLON, "version"]),
    Server("nginx", "nginx.conf", lambda file: ["nginx", "-e", "stderr", "-c", file], signal_with(signal.SIGHUP), ["nginx", "-v"]),
    Server("HAProxy", "haproxy.cfg", lambda file: ["haproxy", "-W", "-f", file], signal_with(signal.SIGUSR2), ["haproxy", "-v"]),
    Server("Caddy", "Caddyfile", lambda file: ["caddy", "run", "--adapter", "caddyfile", "--config", file], tell_caddy, ["caddy", "version"]),
]  # fmt: skip


class Trial:
    """A server with connections of every kind, reloaded, and what came of each."""

    def __init__(self, server, port, seconds):
        self.server, self.port, self.seconds = server, port, seconds
        self.due = threading.Event()
        self.reloaded = threading.Event()
        self.over = threading.Event()
        self.found = {}
        self.made = self.failed = 0

    def new_connections(self):
        due = time.monotonic()
        while not self.over.is_set():
            try:
                with contextlib.closing(connect_tls(self.port, "localhost", "http/1.1")) as connection:
                    connection.settimeout(PATIENCE)
                    ask(connection)
                self.made += 1
            except (OSError, Broken, AssertionError):
                self.failed += 1
            due += 1 / NEW_PER_SECOND
            self.over.wait(max(0, due - time.monotonic()))

    def idle(self):
        """A kept-alive connection on which nothing happens until long after."""
        with contextlib.closing(connect_tls(self.port, "localhost", "http/1.1")) as connection:
            connection.settimeout(PATIENCE)
            ask(connection)
            self.over.wait()
            connection.settimeout(0)
            try:
                return "closed" if not connection.recv(1) else "spoken to"
            except (BlockingIOError, ssl.SSLWantReadError):
                pass
            except OSError:
                return "reset"
            connection.settimeout(PATIENCE)
            try:
                ask(connection)
                return "survives"
            except (OSError, Broken):
                return "EOF on a request"

    def busy(self):
        """A kept-alive connection that is asked all the time."""
        with contextlib.closing(connect_tls(self.port, "localhost", "http/1.1")) as connection:
            connection.settimeout(PATIENCE)
            while not self.over.wait(0.01):
                try:
                    if ask(connection):
                        return "told `Connection: close` first"
                except (OSError, Broken):
                    return "EOF on a request"
            return "survives"

    def download(self):
        """A response that is read slowly, across all reloads."""
        stream = Http1Stream(self.port, "localhost", "GET", f"/bytes/{DOWNLOAD}", body=False)
        with contextlib.closing(stream):
            try:
                stream.head()
                got = len(stream.receive(100_000))
                self.over.wait()
                got += len(stream.receive(DOWNLOAD - got))
            except (OSError, Broken):
                return "cut"
            return "completes" if got == DOWNLOAD else "cut"

    def tunnel(self):
        try:
            with contextlib.closing(WebSocket("http/1.1", self.port, "localhost", "/socket")) as tunnel:
                for _ in range(2):
                    tunnel.send(TEXT, b"ping")
                    assert tunnel.read() == (TEXT, b"ping")
                    self.over.wait()
        except (OSError, Broken, AssertionError):
            return "cut"
        return "survives"

    def half_hello(self):
        hello = Hello("http/1.1")
        self.due.wait()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(hello.bytes[:100])
            self.reloaded.wait()
            try:
                connection.sendall(hello.bytes[100:])
                return "served" if hello.read_answer(connection) else "not served"
            except OSError:
                return "not served"

    def run(self, reload, reloads):
        def keep(kind):
            self.found[kind.__name__] = kind()

        kinds = (self.idle, self.busy, self.download, self.tunnel, self.half_hello)
        threads = [threading.Thread(target=keep, args=(kind,)) for kind in kinds]
        threads.append(threading.Thread(target=self.new_connections))
        for thread in threads:
            thread.start()
        # Reloads in the middle half, so that there is a before and an after.
        time.sleep(self.seconds / 4)
        self.due.set()
        time.sleep(0.5)
        for i in range(reloads):
            reload()
            if i == 0:
                # What a half hello waits for is that the reload is done, which not every server says.
                threading.Timer(min(1.0, self.seconds / 4), self.reloaded.set).start()
            time.sleep(self.seconds / 2 / reloads)
        time.sleep(self.seconds / 4)
        self.over.set()
        for thread in threads:
            thread.join()
        return self


def ask(connection):
    """One request; whether the answer says that the connection ends."""
    connection.sendall(b"GET /small/7 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"." * 900):
        piece = connection.recv(65536)
        if not piece:
            raise Broken("the connection ended")
        answer += piece
    return b"connection: close" in answer.split(b"\r\n\r\n")[0].lower()


def try_server(server, seconds, reloads):
    with contextlib.ExitStack() as stack:
        app = App()
        stack.callback(app.close)
        front = Front(stack, HERE / server.template, server.command, app.port)
        labels = iter(range(1, reloads + 1))

        def reload():
            front.certify(f"version-{next(labels)}")
            server.tell(front.process, front.config)

        return Trial(server, front.port, seconds).run(reload, reloads)


def render(trials, seconds, reloads):
    lines = [
        "# Reloads compared",
        "",
        "Written by `bench/compare/reload/run`. Each program stands in front of the same application over TLS, with",
        f"default timeouts. For {seconds:g} seconds {NEW_PER_SECOND} new connections are made a second; in the middle half it is",
        f"reloaded {reloads} times, each time with another certificate. Beside that there are: a kept-alive connection that",
        "is idle, one that is asked all the time, a download that is read slowly, a WebSocket, and half a ClientHello sent",
        "half a second before the first reload, whose rest follows a second after it.",
        "",
        "| | new connections ok / failed | idle kept-alive | busy kept-alive | download | WebSocket | half a hello |",
        "|---|---|---|---|---|---|---|",
    ]
    for trial in trials:
        facts = (trial.found[kind] for kind in ("idle", "busy", "download", "tunnel", "half_hello"))
        lines.append(f"| {trial.server.name} {version_of(trial.server.version)} | {trial.made} / {trial.failed} | " + " | ".join(facts) + " |")
    lines += ["", f"One run, {datetime.date.today()}, {os.cpu_count()} CPUs.", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--reloads", type=int, default=8)
    parser.add_argument("--servers", default="")
    parser.add_argument("--dry", action="store_true")
    options = parser.parse_args()
    wanted = options.servers.lower().split(",") if options.servers else None
    servers = [each for each in SERVERS if wanted is None or each.name.lower() in wanted]
    missing = [each.name for each in servers if shutil.which(str(each.command("")[0])) is None]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)}; script/setup --all installs them")
    text = render([try_server(each, options.seconds, options.reloads) for each in servers], options.seconds, options.reloads)
    print(text)
    if not options.dry:
        (ROOT / "docs/reload.md").write_text(text)


if __name__ == "__main__":
    main()
