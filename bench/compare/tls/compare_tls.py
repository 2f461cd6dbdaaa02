"""Gateways that end TLS, in turns under the same load, by the CPU time that each takes. See bench/compare/tls/run."""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

# Before this folder, for what all comparisons share.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import compare  # noqa: E402
from commands import free_port, output_of, running, wait_until_listening  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
LOAD = compare.BUILD / "bench/load/bench_tls_load"

# What the load does, what the backend does, and the server's key.
ROWS = {
    "full": (["handshake"], "answer", "ec"),
    "full-128": (["handshake", "--aes-128-first"], "answer", "ec"),
    "full-rsa": (["handshake"], "answer", "rsa"),
    "full-1.2": (["handshake", "--tls", "1.2"], "answer", "ec"),
    "full-held": (["handshake"], "answer", "ec"),
    "resumed": (["handshake", "--resume"], "answer", "ec"),
    "resumed-1.2": (["handshake", "--tls", "1.2", "--resume"], "answer", "ec"),
    "download": (["download"], "source", "ec"),
    "upload": (["upload"], "sink", "ec"),
    "workers": (["handshake"], "answer", "ec"),
}
TITLES = {
    "full": "CPU microseconds per connection, TLS 1.3, full handshake, ECDSA P-256",
    "full-128": "CPU microseconds per connection, TLS 1.3, full handshake, ECDSA P-256, of a client that prefers AES-128-GCM",
    "full-rsa": "CPU microseconds per connection, TLS 1.3, full handshake, RSA 2048",
    "full-1.2": "CPU microseconds per connection, TLS 1.2, full handshake, ECDSA P-256",
    "resumed": "CPU microseconds per connection, TLS 1.3, resumed",
    "resumed-1.2": "CPU microseconds per connection, TLS 1.2, resumed",
    "download": "MB per CPU second, one download",
    "upload": "MB per CPU second, one upload",
    "workers": "CPU microseconds per connection, TLS 1.3, full handshake, of one worker and of two",
}
# Beside so many idle connections, or as many as the limit of open files allows: a gateway needs two for each.
HELD = {"full-held": min(10_000, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1000) // 2)}
TITLES["full-held"] = f"{TITLES['full']}, beside {HELD['full-held']} idle connections"
KEYS = {
    "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["-newkey", "rsa:2048"],
}
SERVERS = {
    "simplon": ("simplon.toml", lambda config: [compare.BUILD / "src/cli/simplon", "serve", "-c", config]),
    "nginx": ("nginx.conf", lambda config: ["/usr/sbin/nginx", "-e", "stderr", "-c", config]),
    "haproxy": ("haproxy.conf", lambda config: ["/usr/sbin/haproxy", "-db", "-f", config]),
    "hitch": ("hitch.conf", lambda config: ["/usr/sbin/hitch", f"--config={config}"]),
    "floor": (None, None),
}
SERVERS["two-workers"] = SERVERS["simplon"]
# Rows that are not for all servers. Two workers do twice the work of one, where there are CPUs for them, if neither
# takes longer for it beside the other.
BESIDE = {"workers": ("simplon", "two-workers")}


def counts_time(row):
    return TITLES[row].startswith("CPU")


def certify(folder, key):
    """chain.pem, key.pem and both.pem, which whoever a server runs as may read."""
    command = ["openssl", "req", "-x509", *KEYS[key], "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", folder / "key.pem", "-out", folder / "chain.pem"], check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "chain.pem").read_text() + (folder / "key.pem").read_text())
    for each in folder.iterdir():
        each.chmod(0o644)


def start_server(stack, name, row, backend, folder):
    template, command = SERVERS[name]
    port = free_port()
    if template is None:
        words = [compare.BUILD / "bench/load/bench_tls_floor", port, backend, folder / "chain.pem", folder / "key.pem"]
        words.append(1 if "--resume" in ROWS[row][0] else 0)
    else:
        text = (FOLDER / template).read_text()
        workers = 2 if name == "two-workers" else 1
        for word, value in {"@PORT@": port, "@BACKEND@": backend, "@DIRECTORY@": folder, "@WORKERS@": workers}.items():
            text = text.replace(word, str(value))
        config = folder / f"{name}-{template}"
        config.write_text(text)
        words = command(config)
    said = folder / f"{name}.said"
    process = stack.enter_context(running(words, stdout=stack.enter_context(said.open("w")), stderr=subprocess.STDOUT))
    wait_until_listening(port, process, said)
    return port, process.pid


@contextlib.contextmanager
def held(port, connections):
    """That many connections that have asked and been answered."""
    command = [sys.executable, FOLDER / "hold.py", port, connections]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        if not process.stdout.readline():
            raise SystemExit(f"{port}: the connections are not held")
        yield


def turns(row, servers, options):
    command = [LOAD, *ROWS[row][0], "--connections", options.connections, "--seconds", options.seconds]
    command += ["--rounds", options.rounds]
    for port, pid in servers.values():
        command += ["--server", f"{port}:{pid}"]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            turn = json.loads(line)
            if counts_time(row):
                figure = turn["cpu_seconds"] * 1e6 / max(turn["operations"], 1)
            else:
                figure = turn["operations"] / 1e6 / turn["cpu_seconds"]
            yield list(servers)[turn["server"]], figure, turn["errors"]
        if process.wait() != 0:
            raise SystemExit(f"bench_tls_load ended with status {process.returncode}")


def measure(row, names, options):
    figures = {name: [] for name in names}
    errors = dict.fromkeys(names, 0)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.chmod(folder, 0o755)
        certify(folder, ROWS[row][2])
        backend = compare.start_backend(stack, ROWS[row][1])
        servers = {}
        for name in names:
            # A backend's limit of open files is for the connections of one server.
            own = compare.start_backend(stack, ROWS[row][1]) if row in HELD else backend
            servers[name] = start_server(stack, name, row, own, folder)
        if row in HELD:
            for port, _ in servers.values():
                stack.enter_context(held(port, HELD[row]))
        for name, figure, failed in turns(row, servers, options):
            figures[name].append(round(figure, 2))
            errors[name] += failed
            print(f"\r{row}: {len(figures[name])} of {options.rounds} rounds", end="", flush=True)
    print()
    if unmeasured := [name for name in names if 0 in figures[name]]:
        raise SystemExit(f"{row}: nothing was measured of {', '.join(unmeasured)}; errors: {errors}")
    peers = [name for name in names if SERVERS[name][0] not in ("simplon.toml", None)] or ["simplon"]
    best = (min if counts_time(row) else max)(peers, key=lambda name: statistics.median(figures[name]), default=None)
    return [
        {
            "row": row,
            "server": name,
            "median": statistics.median(figures[name]),
            "rounds": figures[name],
            "errors": errors[name],
            "best_peer": best,
            "ratios": {
                what: compare.spread([a / b for a, b in zip(figures[name], figures[other])])
                for what, other in (("best peer", best), ("floor", "floor"))
                if other in names
            },
        }
        for name in names
    ]


def to_markdown(report):
    lines = ["# TLS ended and relayed", "", "Written by `bench/compare/tls/run`; do not edit.", ""]
    lines += [f"{report['time']}. " + ", ".join(f"{what} {which}" for what, which in report["versions"].items()) + ".", ""]
    lines += [f"Medians of {report['rounds']} rounds in which each server has a turn of {report['seconds']} s, every "
              f"second round backwards; {report['connections']} handshakes at a time; one worker each, no log; the client "
              "offers what OpenSSL offers by itself, X25519 and AES-256-GCM first; which suite is taken, and how many "
              "session tickets are given, is as each server does it by itself. A ratio is the median of the ratios "
              "within each round, with its quartiles.", ""]
    for row in dict.fromkeys(each["row"] for each in report["rows"]):
        rows = [each for each in report["rows"] if each["row"] == row]
        lines += [f"## {TITLES[row]} ({'less' if counts_time(row) else 'more'} is better)", ""]
        lines += [f"| server | median | of the best peer, {rows[0]['best_peer']} | of the floor | errors |"]
        lines += ["|---|---:|---:|---:|---:|"]
        for each in rows:
            ratios = " | ".join(compare.show_ratio(each["ratios"].get(what)) for what in ("best peer", "floor"))
            lines.append(f"| {each['server']} | {each['median']:.1f} | {ratios} | {each['errors']} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/tls/run")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=0.25)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--servers", default=",".join(name for name in SERVERS if name != "two-workers"))
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--other", action="append", default=[], metavar="NAME=PROGRAM", help="another build of Simplon")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    options = parser.parse_args()
    for other in options.other:
        name, _, program = other.partition("=")
        SERVERS[name] = ("simplon.toml", lambda config, program=program: [program, "serve", "-c", config])
        options.servers += f",{name}"
    versions = compare.versions()
    versions.pop("sslh")
    versions["hitch"] = output_of("/usr/sbin/hitch", "--version").split("\n")[0].split()[-1]
    versions["openssl"] = output_of("openssl", "version").split()[1]
    report = {
        "time": compare.now(),
        "versions": versions,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "connections": options.connections,
        "rows": [],
    }
    print("\n".join(f"{what}: {which}" for what, which in versions.items()), flush=True)
    for row in options.rows.split(","):
        names = options.servers.split(",")
        if row in BESIDE:
            names = [name for name in BESIDE[row] if name in (*names, "two-workers")]
        report["rows"] += measure(row, names, options)
    text = to_markdown(report)
    print("\n" + text)
    if not options.dry:
        (compare.RESULTS / "tls.json").write_text(json.dumps(report, indent=1) + "\n")
        (compare.RESULTS / "tls.md").write_text(text)


if __name__ == "__main__":
    main()
