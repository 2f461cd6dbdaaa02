"""What connections that do nothing, and readers that are slow, cost each gateway in memory. See bench/compare/http/memory."""

import argparse
import contextlib
import datetime
import pathlib
import subprocess
import tempfile
import time

from web_servers import (BUILD, RESULTS, SERVERS, client_environment, make_certificate, memory, start_backend,
                         start_server, to_json, versions)

# Protocol, what is asked for, the stage to stop at, and how slow readers are in bytes a second.
ROWS = {
    "idle-h2": ("h2", "/1024", "connected", None),
    "idle-h2-after-request": ("h2", "/1024", "answered", None),
    "idle-http1-after-request": ("http/1.1", "/1024", "answered", None),
    "slow-h2": ("h2", "/67108864", "reading", 1024),
    "slow-http1": ("http/1.1", "/67108864", "reading", 1024),
    "stopped-h2": ("h2", "/67108864", "reading", 0),
    "stopped-http1": ("http/1.1", "/67108864", "reading", 0),
}
# h2o 2.2 reads all that the backend sends, whatever the client takes: a thousand such readers would need all memory.
MOST_SLOW = {"h2o": 50}
SETTLED = 0.01  # the growth between two looks, a second apart, that no longer counts
LOOKS = 30


def settled_memory(pid):
    """The PSS once it no longer grows."""
    seen = memory(pid)
    for _ in range(LOOKS):
        time.sleep(1)
        last, seen = seen, memory(pid)
        if abs(seen - last) <= SETTLED * last:
            break
    return seen


def expect(client, stage):
    line = client.stdout.readline()
    if not line.startswith(stage):
        raise SystemExit(f"the client said '{line}' instead of '{stage}'")


def go_on(client):
    client.stdin.write("\n")
    client.stdin.flush()


def measure(row, name, connections):
    """Bytes per connection, of a server that has just been started."""
    protocol, path, last_stage, slow = ROWS[row]
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        make_certificate(directory)
        port, pid = start_server(stack, name, start_backend(stack), directory)
        command = [BUILD / "bench/load/bench_hold", port, "--protocol", protocol, "--path", path]
        command += ["--connections", connections] + ([] if slow is None else ["--slow", slow])
        client = stack.enter_context(subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                                      stdout=subprocess.PIPE, text=True, env=client_environment()))
        # The client is there before the first look, for it shares libraries with the server.
        expect(client, "ready")
        before = settled_memory(pid)
        go_on(client)
        expect(client, "connected")
        if last_stage != "connected":
            go_on(client)
            expect(client, last_stage)
        after = settled_memory(pid)
        client.stdin.close()
        if client.wait() != 0:
            raise SystemExit(f"the client of {name} ended with status {client.returncode}")
        return (after - before) / connections


def to_markdown(report):
    lines = ["# Memory of HTTP", "", "Written by `bench/compare/http/memory`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"KB per connection by which the server's PSS grows: {report['idle']} idle connections, {report['slow']} "
              "readers of 64 MB (50 for h2o, which holds all that they do not take) that read 1 KB a second (slow) or nothing more (stopped), whose h2 windows are "
              "Chromium's. What the kernel keeps of a socket is not in it.", ""]
    names = list(dict.fromkeys(row["server"] for row in report["rows"]))
    lines += ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for what in dict.fromkeys(row["row"] for row in report["rows"]):
        figures = {row["server"]: row["bytes"] for row in report["rows"] if row["row"] == what}
        lines.append(f"| {what} | " + " | ".join(f"{figures[name] / 1024:.1f}" for name in names) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/http/memory")
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=1000)
    parser.add_argument("--servers", default=",".join(SERVERS))
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    report = {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "versions": versions(),
        "idle": options.idle,
        "slow": options.slow,
        "rows": [],
    }
    for row in options.rows.split(","):
        for name in options.servers.split(","):
            slow = min(options.slow, MOST_SLOW.get(name, options.slow))
            connections = options.idle if row.startswith("idle") else slow
            size = round(measure(row, name, connections))
            report["rows"].append({"row": row, "server": name, "bytes": size})
            print(f"{row}, {name}: {size / 1024:.1f} KB per connection", flush=True)
    text = to_markdown(report)
    print("\n" + text)
    if not options.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "http-memory.json").write_text(to_json(report))
        (RESULTS / "http-memory.md").write_text(text)


if __name__ == "__main__":
    main()
