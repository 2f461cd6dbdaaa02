"""Runs the servers in turns under the same load and compares the CPU time that each takes. See bench/compare/run."""

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

from processes import free_port, output_of, running, wait_until_listening

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
RESULTS = ROOT / "bench/results"
HELLO = ROOT / "tests/data/hello/curl.bin"

# What the backend does under each load, and how a figure of it reads.
LOADS = {
    "short": ("answer", "CPU microseconds per short connection"),
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


def measure(load, port, pid, options):
    command = [BUILD / "bench/load/bench_load", load, port, "--hello", HELLO, "--pid", pid]
    command += ["--seconds", options.seconds, "--connections", options.connections]
    result = json.loads(subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE).stdout)
    if load == "short":
        figure = result["cpu_seconds"] * 1e6 / result["operations"]
    else:
        figure = result["operations"] / 1e6 / result["cpu_seconds"]
    return figure, result["errors"]


def compare(load, names, options):
    """One load: every server in turn, round after round, all of them running from the first to the last."""
    figures = {name: [] for name in names}
    errors = dict.fromkeys(names, 0)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        os.chmod(directory, 0o755)
        backend = start_backend(stack, LOADS[load][0])
        servers = {name: start_server(stack, name, backend, directory) for name in names}
        for round_number in range(options.rounds):
            for name in names:
                figure, failed = measure(load, *servers[name], options)
                figures[name].append(round(figure, 2))
                errors[name] += failed
            line = "  ".join(f"{name} {figures[name][-1]:.1f}" for name in names)
            print(f"{load}, round {round_number + 1}: {line}", flush=True)
    return [
        {
            "load": load,
            "server": name,
            "median": statistics.median(figures[name]),
            "rounds": figures[name],
            "errors": errors[name],
            # The median of the rounds' ratios: what troubles the machine troubles all of a round.
            "ratios": {
                other: round(statistics.median(a / b for a, b in zip(figures[name], figures[other])), 3)
                for other in ("nginx", "floor")
                if other in names
            },
        }
        for name in names
    ]


def to_markdown(report):
    lines = ["# Pass-through by ALPN", "", "Written by `bench/compare/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"Medians of {report['rounds']} rounds of {report['seconds']} s; {report['connections']} short "
              "connections at a time; one worker each, no log.", ""]
    for load in dict.fromkeys(row["load"] for row in report["rows"]):
        better = "less" if load == "short" else "more"
        lines += [f"## {LOADS[load][1]} ({better} is better)", ""]
        lines += ["| server | median | of nginx | of the floor | errors |", "|---|---:|---:|---:|---:|"]
        for row in report["rows"]:
            if row["load"] != load:
                continue
            ratios = " | ".join(f"{row['ratios'][other]:.2f}" if other in row["ratios"] else "" for other in ("nginx", "floor"))
            lines.append(f"| {row['server']} | {row['median']:.1f} | {ratios} | {row['errors']} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/run")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--loads", default=",".join(LOADS))
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    report = {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
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
