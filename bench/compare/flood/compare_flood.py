"""What good clients feel while a gateway is flooded: a table, in docs/flood.md."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fronts import BUILD, ROOT, SIMPLON, Front, version_of  # noqa: E402
from processes import Child  # noqa: E402

# Template, command, and how the version is asked for.
SERVERS = {
    "simplon": ("simplon.toml", lambda file: [SIMPLON, "serve", "-c", file], [SIMPLON, "version"]),
    "nginx": ("nginx.conf", lambda file: ["nginx", "-e", "stderr", "-c", file], ["nginx", "-v"]),
    "haproxy": ("haproxy.cfg", lambda file: ["haproxy", "-db", "-f", file], ["haproxy", "-v"]),
}
GOOD_PER_SECOND = 10


class GoodClient:
    """One that comes ten times a second, with a handshake and a request each time."""

    def __init__(self, port):
        self.port = port
        self.times, self.failures = [], 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.set_alpn_protocols(["http/1.1"])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        due = time.monotonic()
        while not self._over.is_set():
            began = time.monotonic()
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
                    with self.context.wrap_socket(plain, server_hostname="localhost") as connection:
                        connection.sendall(b"GET /1000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        answer = b""
                        while piece := connection.recv(65536):
                            answer += piece
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise OSError(answer[:100])
                self.times.append(time.monotonic() - began)
            except OSError:
                self.failures += 1
            due = max(due + 1 / GOOD_PER_SECOND, time.monotonic() - 1)
            self._over.wait(max(0, due - time.monotonic()))

    def end(self):
        self._over.set()
        self._thread.join()
        return self

    def percentile(self, share):
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("inf")


def cpu_seconds(pid):
    """Of a process and its children, as far as they run."""
    pids = [pid, *map(int, subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split())]
    threads = [thread for each in pids for thread in pathlib.Path(f"/proc/{each}/task").glob("*/schedstat")]
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def watch(port, pid, flood):
    good = GoodClient(port)
    before, began = cpu_seconds(pid), time.monotonic()
    counts = flood()
    busy = (cpu_seconds(pid) - before) / (time.monotonic() - began)
    good.end()
    return good, busy, counts


def quiet(seconds):
    time.sleep(seconds)
    return {"made": 0, "answered": 0, "refused": 0}


def flood(*arguments):
    done = subprocess.run([BUILD / "bench/load/bench_flood", *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def try_server(name, options):
    template, command, _ = SERVERS[name]
    with contextlib.ExitStack() as stack:
        backend = Child([BUILD / "bench/load/bench_web_backend"])
        stack.callback(backend.close)
        backend_port = int(backend.stdout.wait_for(lambda lines: lines[0] if lines else None))
        front = Front(stack, HERE / template, command, backend_port)
        port, pid = front.port, front.process.pid
        seconds = options.seconds
        return [
            watch(port, pid, lambda: quiet(seconds)),
            watch(port, pid, lambda: flood("garbage", port, "--rate", options.rate, "--seconds", seconds)),
            watch(port, pid, lambda: flood("stall", port, "--connections", options.stalled, "--seconds", seconds)),
        ]


def render(found, options):
    lines = [
        "# Floods compared",
        "",
        f"Written by `bench/compare/flood/run`. A good client comes {GOOD_PER_SECOND} times a second, makes a TLS handshake and a request,",
        f"and nothing is kept from one time to the next. Meanwhile, for {options.seconds:g} seconds each: nothing; {options.rate} connections a",
        f"second from 200 addresses that send a ClientHello which is none; {options.stalled} connections that send a byte of a",
        "ClientHello a second. Each program has one thread and the limits of its configuration under",
        "[bench/compare/flood](../bench/compare/flood): connections and new connections per client, and a deadline of 5 seconds",
        "for the hello. nginx counts a client's connections only once a request has come.",
        "",
        "Times are those of the good client, in milliseconds, p50 / p99; CPU is what the program used of one core.",
        "",
        "| | quiet | garbage | connections made a second | CPU | stalled | ended by the server | CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, phases in found.items():
        cells = []
        for good, _, _ in phases:
            failures = f", {good.failures} failed" if good.failures else ""
            cells.append(f"{good.percentile(0.5):.1f} / {good.percentile(0.99):.1f}{failures}")
        (_, garbage_cpu, garbage), (_, stall_cpu, stalled) = phases[1:]
        lines.append(
            f"| {name} {version_of(SERVERS[name][2])} | {cells[0]} | {cells[1]} | {garbage['made'] / options.seconds:.0f} | {garbage_cpu:.0%} |"
            f" {cells[2]} | {stalled['answered']} of {stalled['made']} | {stall_cpu:.0%} |"
        )
    lines += ["", f"One run, {datetime.date.today()}, {os.cpu_count()} CPUs, on which the flood runs too.", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--stalled", type=int, default=5_000)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--dry", action="store_true")
    options = parser.parse_args()
    text = render({name: try_server(name, options) for name in options.servers.split(",")}, options)
    print(text)
    if not options.dry:
        (ROOT / "docs/flood.md").write_text(text)


if __name__ == "__main__":
    main()
