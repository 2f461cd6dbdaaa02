"""What an idle connection costs each gateway in memory. See bench/compare/idle/run."""

import argparse
import asyncio
import contextlib
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time

# Before this folder, for what the other comparisons have.
for folder in ("..", "../tls"):
    sys.path.insert(0, str((pathlib.Path(__file__).parent / folder).resolve()))

import compare  # noqa: E402
import compare_tls  # noqa: E402
from commands import free_port, output_of, running, wait_until_listening  # noqa: E402

# Whether TLS is ended, and how many connections are begun at a time. Each says something and reads the backend's answer.
ROWS = {
    "pass": (False, 1),
    "tls": (True, 1),
    "tls-at-once": (True, None),
}
TITLES = {
    "pass": "passed through, one after another",
    "tls": "TLS ended, handshakes one after another",
    "tls-at-once": "TLS ended, all handshakes at once",
}
# sslh-select can hold no more than a few hundred.
PEERS = {False: ("simplon", "nginx", "haproxy"), True: ("simplon", "nginx", "haproxy", "hitch")}
ANSWER = 1500
SETTLED = 0.005  # the growth between two looks that no longer counts
PATIENCE = 5  # seconds in which a server may give back what it needs no longer


def memory(pid):
    """PSS of the process and all that descend from it, in bytes."""
    total = 0
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            total += int(line.split()[1]) * 1024
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += sum(memory(int(child)) for child in (task / "children").read_text().split())
    return total


def settled_memory(pid):
    time.sleep(PATIENCE)
    seen = memory(pid)
    for _ in range(20):
        time.sleep(0.5)
        last, seen = seen, memory(pid)
        if abs(seen - last) <= SETTLED * last:
            break
    return seen


def start(stack, row, name, folder):
    ends_tls, _ = ROWS[row]
    backend = compare.start_backend(stack, "answer")
    if ends_tls:
        compare_tls.certify(folder, "ec")
        template, words = compare_tls.FOLDER / compare_tls.SERVERS[name][0], compare_tls.SERVERS[name][1]
    else:
        template = compare.ROOT / "bench/compare" / compare.SERVERS[name][0]
        words = lambda config: compare.SERVERS[name][1](config, None, None)  # noqa: E731
    port = free_port()
    text = template.read_text()
    for word, value in {"@PORT@": port, "@BACKEND@": backend, "@DIRECTORY@": folder, "@WORKERS@": 1}.items():
        text = text.replace(word, str(value))
    config = folder / template.name
    config.write_text(text)
    said = folder / f"{name}.said"
    process = stack.enter_context(running(words(config), stdout=said.open("w"), stderr=subprocess.STDOUT))
    wait_until_listening(port, process, said)
    return port, process.pid


def client_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


async def connect(port, ends_tls, context):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context if ends_tls else None)
    writer.write(b"x" * 100 if ends_tls else compare.HELLO.read_bytes())
    await reader.readexactly(ANSWER)
    return writer


async def hold(port, ends_tls, at_a_time, connections, look):
    """Memory with all connections open and idle."""
    context = client_context()
    # What every process needs for its first connections is not the connections'.
    first = [await connect(port, ends_tls, context) for _ in range(10)]
    before = look()
    if at_a_time == 1:
        held = [await connect(port, ends_tls, context) for _ in range(connections)]
    else:
        held = await asyncio.gather(*(connect(port, ends_tls, context) for _ in range(connections)))
    after = look()
    for writer in (*first, *held):
        writer.transport.abort()
    return (after - before) / connections


def measure(row, name, connections):
    ends_tls, at_a_time = ROWS[row]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        port, pid = start(stack, row, name, folder)
        return asyncio.run(hold(port, ends_tls, at_a_time, connections, lambda: settled_memory(pid)))


def to_markdown(report):
    lines = ["# Memory of idle connections", "", "Written by `bench/compare/idle/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"KB per connection by which the server's PSS grows with {report['connections']} connections that have asked "
              "and been answered, each with its connection to the backend, in fresh processes with one worker, "
              f"{PATIENCE} seconds after the last of them. What the kernel keeps of a socket is not in it.", ""]
    for row in dict.fromkeys(each["row"] for each in report["rows"]):
        rows = [each for each in report["rows"] if each["row"] == row]
        best = min((each["bytes"] for each in rows if each["bytes"] and each["server"] != "simplon"), default=None)
        lines += [f"## {TITLES[row][0].upper()}{TITLES[row][1:]}", "", "| server | KB | of the best peer |", "|---|---:|---:|"]
        for each in rows:
            if each["bytes"] is None:
                lines.append(f"| {each['server']} | does not hold them all | |")
                continue
            ratio = f"{each['bytes'] / best:.2f}" if best else ""
            lines.append(f"| {each['server']} | {each['bytes'] / 1024:.1f} | {ratio} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/idle/run")
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--servers")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    versions = compare.versions()
    versions["hitch"] = output_of("/usr/sbin/hitch", "--version").split("\n")[0].split()[-1]
    report = {"time": compare.now(), "versions": versions, "connections": options.connections, "rows": []}
    for row in options.rows.split(","):
        for name in PEERS[ROWS[row][0]]:
            if options.servers and name not in options.servers.split(","):
                continue
            try:
                size = round(measure(row, name, options.connections))
            except OSError as failure:
                print(f"{row}, {name}: it does not hold them all: {failure}", flush=True)
                size = None
            else:
                print(f"{row}, {name}: {size / 1024:.1f} KB per connection", flush=True)
            report["rows"].append({"row": row, "server": name, "bytes": size})
    text = to_markdown(report)
    print("\n" + text)
    if not options.dry:
        (compare.RESULTS / "idle.json").write_text(json.dumps(report, indent=1) + "\n")
        (compare.RESULTS / "idle.md").write_text(text)


if __name__ == "__main__":
    main()
