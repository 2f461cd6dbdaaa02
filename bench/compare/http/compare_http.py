"""Runs the gateways in turns under the same HTTP load. See bench/compare/http/run."""

import argparse
import contextlib
import datetime
import json
import pathlib
import re
import statistics
import subprocess
import tempfile

from web_servers import (BUILD, RESULTS, SERVERS, TLS, client_environment, cpu_seconds, make_certificate, start_backend,
                         start_server, to_json, versions)

# Protocol, path, connections, and streams at a time on each of them.
LOADS = {
    "h2-1k": ("h2", "/1024", 32, 10),
    "h2-100k": ("h2", "/102400", 16, 4),
    "http1-1k": ("http/1.1", "/1024", 64, 1),
    "http1-100k": ("http/1.1", "/102400", 16, 1),
}
FIRST_RATE = 2000  # for the warm-up, whose rate sets the number of requests of the rounds


def run(*command):
    done = subprocess.run([str(word) for word in command], env=client_environment(), capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def h2load(port, path, connections, streams, requests):
    """Finished requests, seconds and errors; checks what was negotiated."""
    said = run("h2load", "-t1", f"-c{connections}", f"-m{streams}", f"-n{requests}", "--npn-list=h2",
               "--tls13-ciphers", TLS["cipher"], f"https://127.0.0.1:{port}{path}")
    for expected in ("Application protocol: h2", "TLS Protocol: TLSv1.3", "Cipher: " + TLS["cipher"],
                     "Server Temp Key: X25519"):
        if expected not in said:
            raise SystemExit(f"h2load did not say '{expected}':\n{said}")
    good = int(re.search(r"status codes: (\d+) 2xx", said).group(1))
    seconds = re.search(r"finished in ([\d.]+)(m?s)", said)
    elapsed = float(seconds.group(1)) / (1000 if seconds.group(2) == "ms" else 1)
    return good, elapsed, requests - good


def wrk(port, path, connections, seconds):
    """The same. wrk sends no ALPN extension."""
    said = run("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"https://127.0.0.1:{port}{path}")
    requests, elapsed = re.search(r"(\d+) requests in ([\d.]+)s", said).groups()
    errors = sum(int(number) for number in re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said))
    return int(requests), float(elapsed), errors


class Server:
    """One gateway under one load."""

    def __init__(self, name, port, pid, load, options):
        self.name, self.port, self.pid, self.options = name, port, pid, options
        self.protocol, self.path, self.connections, self.streams = LOADS[load]
        self.rate = FIRST_RATE  # requests per second, of the last round
        self.errors = 0
        self.per_cpu_second, self.rates, self.paced = [], [], []

    def pace(self, rate, *more):
        said = run(BUILD / "bench/load/bench_pace", self.port, "--protocol", self.protocol, "--path", self.path, "--rate",
                   rate, *more)
        result = json.loads(said)
        expected = {"protocol": self.protocol, **TLS}
        got = {key: result[key] for key in expected}
        if got != expected:
            raise SystemExit(f"{self.name} negotiated {got} and not {expected}")
        return result

    def saturate(self, seconds):
        """Requests per CPU second of the server, with as many clients as LOADS says."""
        before = cpu_seconds(self.pid)
        if self.protocol == "h2":
            wanted = max(int(self.rate * seconds), self.connections)
            done, elapsed, errors = h2load(self.port, self.path, self.connections, self.streams, wanted)
        else:
            done, elapsed, errors = wrk(self.port, self.path, self.connections, max(round(seconds), 1))
        spent = cpu_seconds(self.pid) - before
        self.rate = done / elapsed
        self.errors += errors
        return max(done, 1) / spent

    def warm_up(self):
        probe = self.pace(0, "--connections", 4)
        self.errors += probe["errors"]
        for _ in range(2):
            self.saturate(0.5)

    def round(self):
        self.per_cpu_second.append(round(self.saturate(self.options.seconds)))
        self.rates.append(round(self.rate))

    def latency(self, rate):
        result = self.pace(rate, "--connections", self.connections, "--seconds", self.options.seconds)
        self.errors += result["errors"]
        self.paced.append({"rate": rate, "p50_us": result["p50_us"], "p99_us": result["p99_us"]})


def in_rounds(servers, options, step, show):
    """Every second round backwards, so that no server is always the one that comes after a certain other."""
    for number in range(options.rounds):
        for server in servers if number % 2 == 0 else reversed(servers):
            step(server)
        print(f"round {number + 1}: " + "  ".join(f"{server.name} {show(server)}" for server in servers), flush=True)


def spread(ratios):
    """Median and quartiles."""
    if len(ratios) == 1:
        return ratios * 3
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return [round(value, 3) for value in (middle, low, high)]


def row_of(server, load, others):
    """Medians; ratios are those within each round: what troubles the machine troubles all of a round."""
    ratios = {
        other.name: spread([a / b for a, b in zip(server.per_cpu_second, other.per_cpu_second)])
        for other in others
        if other is not server
    }
    return {
        "load": load,
        "server": server.name,
        "requests_per_cpu_second": statistics.median(server.per_cpu_second),
        "rounds": server.per_cpu_second,
        "ratios": ratios,
        "full_rates": server.rates,
        "rate": statistics.median(result["rate"] for result in server.paced) if server.paced else None,
        "p50_us": statistics.median(result["p50_us"] for result in server.paced) if server.paced else None,
        "p99_us": statistics.median(result["p99_us"] for result in server.paced) if server.paced else None,
        "paced": server.paced,
        "errors": server.errors,
    }


def compare(load, names, options):
    """One load: every server in turn, round after round, all of them running from the first to the last."""
    print(load, flush=True)
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        make_certificate(directory)
        backend = start_backend(stack)
        servers = [Server(name, *start_server(stack, name, backend, directory), load, options) for name in names]
        for server in servers:
            server.warm_up()
        in_rounds(servers, options, Server.round, lambda server: f"{server.per_cpu_second[-1]}/CPU s ({server.rate:.0f}/s)")
        if not options.no_latency:
            # The same load for all: half of what the slowest of them could do, so that none is near its end.
            rate = round(min(statistics.median(server.rates) for server in servers) / 2)
            in_rounds(servers, options, lambda server: server.latency(rate),
                      lambda server: "{rate}/s p50 {p50_us:.0f} p99 {p99_us:.0f} us".format(**server.paced[-1]))
        return [row_of(server, load, servers) for server in servers]


def to_markdown(report):
    lines = ["# HTTP", "", "Written by `bench/compare/http/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"Medians of {report['rounds']} rounds of {report['seconds']} s; one worker each, no log; TLS 1.3, "
              f"{TLS['cipher']}, X25519, ECDSA P-256. Requests per second of CPU time of the gateway under full load, a ratio "
              "being the median of those within each round, with its quartiles; "
              "times from when a request was due to the end of its answer, all at half of the rate that the slowest reached "
              "then.", ""]
    for load in dict.fromkeys(row["load"] for row in report["rows"]):
        protocol, path, connections, streams = LOADS[load]
        of_each = f" of {streams} streams" if protocol == "h2" else ""
        lines += [f"## {protocol}, {path[1:]} bytes, {connections} connections{of_each}", ""]
        lines += ["| server | requests per CPU second | of nginx | at requests/s | p50, us | p99, us | errors |"]
        lines += ["|---|---:|---:|---:|---:|---:|---:|"]
        for row in report["rows"]:
            if row["load"] != load:
                continue
            ratio = "{:.2f} ({:.2f}–{:.2f})".format(*row["ratios"]["nginx"]) if "nginx" in row["ratios"] else ""
            paced = " | ".join("" if row[key] is None else f"{row[key]:,.0f}" for key in ("rate", "p50_us", "p99_us"))
            lines.append(f"| {row['server']} | {row['requests_per_cpu_second']:,.0f} | {ratio} | {paced} | {row['errors']} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/http/run")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--loads", default=",".join(LOADS))
    parser.add_argument("--no-latency", action="store_true", help="requests per CPU second alone")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    report = {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "versions": versions(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "rows": [],
    }
    print("\n".join(f"{what}: {which}" for what, which in report["versions"].items()), flush=True)
    for load in options.loads.split(","):
        report["rows"] += compare(load, options.servers.split(","), options)
    text = to_markdown(report)
    print("\n" + text)
    if not options.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "http.json").write_text(to_json(report))
        (RESULTS / "http.md").write_text(text)


if __name__ == "__main__":
    main()
