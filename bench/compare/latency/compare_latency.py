"""The time of a connection through each gateway, at half of the load that the slowest takes. See bench/compare/latency/run."""

import argparse
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

# Before this folder, for what the other comparisons have.
for folder in ("..", "../tls", "../idle"):
    sys.path.insert(0, str((pathlib.Path(__file__).parent / folder).resolve()))

import compare  # noqa: E402
import compare_idle  # noqa: E402
import compare_tls  # noqa: E402
from commands import output_of, running  # noqa: E402

LOAD = compare.BUILD / "bench/load"
# Whether TLS is ended.
ROWS = {"pass": False, "tls": True}
TITLES = {"pass": "Passed through", "tls": "TLS ended, full handshake"}
PERCENTILES = (50, 99, 99.9)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share / 100))]


def most_per_second(row, port, pid):
    """Connections a second under full load."""
    command = [LOAD / "bench_tls_load", "handshake"] if ROWS[row] else [LOAD / "bench_load", "short", "--hello", compare.HELLO]
    command += ["--seconds", 1, "--rounds", 3, "--connections", 32, "--server", f"{port}:{pid}"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    turns = [json.loads(line) for line in done.stdout.splitlines()]
    return statistics.median(turn["operations"] / turn["seconds"] for turn in turns)


def measure(row, options):
    names = compare_idle.PEERS[ROWS[row]]
    with contextlib.ExitStack() as stack:
        servers = {}
        for name in names:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)
            servers[name] = compare_idle.start(stack, row, name, folder)
        rate = min(most_per_second(row, *server) for server in servers.values()) / 2
        ports = [port for port, _ in servers.values()]
        if not ROWS[row]:
            names, ports = (*names, "backend alone"), [*ports, compare.start_backend(stack, "answer")]
        command = [LOAD / "bench_arrivals", "--rate", round(rate), "--seconds", options.seconds, "--rounds", options.rounds]
        command += ["--tls"] if ROWS[row] else ["--hello", compare.HELLO]
        for port in ports:
            command += ["--server", port]
        times = {name: [] for name in names}
        errors = dict.fromkeys(names, 0)
        with running(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                turn = json.loads(line)
                name = names[turn["server"]]
                times[name].append(turn["times"])
                errors[name] += turn["errors"]
    return [
        {
            "row": row,
            "server": name,
            "rate": round(rate),
            "connections": sum(len(each) for each in times[name]),
            "errors": errors[name],
            # Of each turn, then the median of the turns: what troubles the machine troubles a turn.
            "microseconds": {
                str(share): round(statistics.median(percentile(each, share) for each in times[name])) for share in PERCENTILES
            },
        }
        for name in names
    ]


def to_markdown(report):
    lines = ["# Latency of connections", "", "Written by `bench/compare/latency/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"Milliseconds from when a connection was due to the last byte of its answer, of connections at random moments, "
              "at half of the rate that the slowest of the servers takes. Percentiles of each turn of "
              f"{report['seconds']} s, then the median of {report['rounds']} turns; one worker each, no log. Clients, "
              "backend and gateways share the machine's CPUs.", ""]
    for row in dict.fromkeys(each["row"] for each in report["rows"]):
        rows = [each for each in report["rows"] if each["row"] == row]
        lines += [f"## {TITLES[row]}, {rows[0]['rate']} connections a second", ""]
        lines += ["| server | p50 | p99 | p99.9 | connections | errors |", "|---|---:|---:|---:|---:|---:|"]
        for each in rows:
            figures = " | ".join(f"{each['microseconds'][str(share)] / 1000:.2f}" for share in PERCENTILES)
            lines.append(f"| {each['server']} | {figures} | {each['connections']} | {each['errors']} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/latency/run")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    versions = compare.versions()
    versions["hitch"] = output_of("/usr/sbin/hitch", "--version").split("\n")[0].split()[-1]
    report = {"time": compare.now(), "versions": versions, "seconds": options.seconds, "rounds": options.rounds, "rows": []}
    for row in options.rows.split(","):
        report["rows"] += measure(row, options)
    text = to_markdown(report)
    print(text)
    if not options.dry:
        (compare.RESULTS / "latency.json").write_text(json.dumps(report, indent=1) + "\n")
        (compare.RESULTS / "latency.md").write_text(text)


if __name__ == "__main__":
    main()
