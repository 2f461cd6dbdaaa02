"""Runs the servers in turns under the same load and compares the CPU time that each takes. See bench/compare/pass/run."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import tempfile

from commands import free_port, output_of, running, wait_until_listening

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
RESULTS = ROOT / "bench/results"
HELLO = ROOT / "tests/data/hello/curl.bin"

# What the backend does under each load, and how a figure of it reads.
LOADS = {
    "short": ("answer", "CPU microseconds per short connection"),
    "single": ("answer", "CPU microseconds per short connection, one at a time"),
    "download": ("source", "MB per CPU second, one download"),
    "upload": ("sink", "MB per CPU second, one upload"),
}

# The configuration template and the command of each server.
SERVERS = {
    "simplon": ("simplon.toml", lambda config, port, backend: [BUILD / "src/cli/simplon", "serve", "-c", config]),
    "nginx": ("nginx.conf", lambda config, port, backend: ["/usr/sbin/nginx", "-e", "stderr", "-c", config]),
    "haproxy": ("haproxy.conf", lambda config, port, backend: ["/usr/sbin/haproxy", "-db", "-f", config]),
    "sslh": ("sslh.conf", lambda config, port, backend: ["/usr/sbin/sslh-select", f"-F{config}"]),
    "floor": (None, lambda config, port, backend: [BUILD / "bench/load/bench_floor", port, backend]),
}


def versions():
    def first_match(pattern, text):
        found = re.search(pattern, text)
        return found.group(1) if found else "unknown"

    cpu = first_match(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "simplon": output_of("git", "-C", ROOT, "describe", "--always", "--dirty").strip(),
        "nginx": first_match(r"nginx/(\S+)", output_of("/usr/sbin/nginx", "-v")),
        "haproxy": first_match(r"version (\S+)", output_of("/usr/sbin/haproxy", "-v")),
        "sslh": first_match(r"sslh-select v?(\S+)", output_of("/usr/sbin/sslh-select", "-V")),
        "compiler": first_match(r"(.*)", output_of("c++", "--version")),
        "kernel": platform.release(),
        "machine": f"{cpu}, {os.cpu_count()} CPUs",
    }


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def start_backend(stack, mode):
    command = [BUILD / "bench/load/bench_backend", mode]
    backend = stack.enter_context(running(command, stdout=subprocess.PIPE, text=True))
    return int(backend.stdout.readline())


def start_server(stack, name, backend, directory):
    template, command = SERVERS[name]
    port = free_port()
    config = None
    if template:
        text = (ROOT / "bench/compare" / template).read_text()
        for word, value in {"@PORT@": port, "@BACKEND@": backend, "@DIRECTORY@": directory}.items():
            text = text.replace(word, str(value))
        config = pathlib.Path(directory) / template
        config.write_text(text)
    said = stack.enter_context((pathlib.Path(directory) / f"{name}.said").open("w"))
    process = stack.enter_context(running(command(config, port, backend), stdout=said, stderr=said))
    wait_until_listening(port, process, pathlib.Path(said.name))
    return port, process.pid


def turns(load, servers, options):
    """Every server in turn, round after round: yields the round, the server's name, its figure and its failures."""
    mode, connections = ("short", 1) if load == "single" else (load, options.connections)
    command = [BUILD / "bench/load/bench_load", mode, "--hello", HELLO, "--connections", connections]
    command += ["--seconds", options.seconds, "--rounds", options.rounds]
    for port, pid in servers.values():
        command += ["--server", f"{port}:{pid}"]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            turn = json.loads(line)
            if mode == "short":
                figure = turn["cpu_seconds"] * 1e6 / max(turn["operations"], 1)
            else:
                figure = turn["operations"] / 1e6 / turn["cpu_seconds"]
            yield list(servers)[turn["server"]], figure, turn["errors"]
        if process.wait() != 0:
            raise SystemExit(f"bench_load ended with status {process.returncode}")


def spread(ratios):
    """Median and quartiles."""
    if len(ratios) == 1:
        return ratios * 3
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return [round(value, 3) for value in (middle, low, high)]


def compare(load, names, options):
    """One load, all servers running from the first turn to the last."""
    figures = {name: [] for name in names}
    errors = dict.fromkeys(names, 0)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(directory, 0o755)
        backend = start_backend(stack, LOADS[load][0])
        servers = {name: start_server(stack, name, backend, directory) for name in names}
        for name, figure, failed in turns(load, servers, options):
            figures[name].append(round(figure, 2))
            errors[name] += failed
            print(f"\r{load}: {len(figures[name])} of {options.rounds} rounds", end="", flush=True)
    print()
    return [
        {
            "load": load,
            "server": name,
            "median": statistics.median(figures[name]),
            "rounds": figures[name],
            "errors": errors[name],
            # Of the ratios within each round, the median and the quartiles: what troubles the machine troubles all of
            # a round.
            "ratios": {
                other: spread([a / b for a, b in zip(figures[name], figures[other])])
                for other in ("nginx", "floor")
                if other in names
            },
        }
        for name in names
    ]


def show_ratio(ratio):
    if ratio is None:
        return ""
    middle, low, high = ratio
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def to_markdown(report):
    lines = ["# Pass-through by ALPN", "", "Written by `bench/compare/pass/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"Medians of {report['rounds']} rounds in which each server has a turn of {report['seconds']} s, every "
              f"second round backwards; {report['connections']} short connections at a time; one worker each, no log. "
              "A ratio is the median of the ratios within each round, with its quartiles.", ""]
    for load in dict.fromkeys(row["load"] for row in report["rows"]):
        better = "less" if "per short connection" in LOADS[load][1] else "more"
        lines += [f"## {LOADS[load][1]} ({better} is better)", ""]
        lines += ["| server | median | of nginx | of the floor | errors |", "|---|---:|---:|---:|---:|"]
        for row in report["rows"]:
            if row["load"] != load:
                continue
            ratios = " | ".join(show_ratio(row["ratios"].get(other)) for other in ("nginx", "floor"))
            lines.append(f"| {row['server']} | {row['median']:.1f} | {ratios} | {row['errors']} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/pass/run")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--loads", default=",".join(LOADS))
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    report = {
        "time": now(),
        "versions": versions(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": options.connections,
        "rows": [],
    }
    print("\n".join(f"{what}: {which}" for what, which in report["versions"].items()), flush=True)
    for load in options.loads.split(","):
        report["rows"] += compare(load, options.servers.split(","), options)
    text = to_markdown(report)
    print("\n" + text)
    if not options.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "pass-through.json").write_text(json.dumps(report, indent=1) + "\n")
        (RESULTS / "pass-through.md").write_text(text)


if __name__ == "__main__":
    main()
