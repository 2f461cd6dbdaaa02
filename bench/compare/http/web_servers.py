"""The gateways that bench/compare/http compares: how each is started, its version, its CPU time and its memory."""

import contextlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench/compare"))

from commands import free_port, output_of, running, wait_until_listening  # noqa: E402

BUILD = ROOT / "build/release"
RESULTS = ROOT / "bench/results"
HERE = ROOT / "bench/compare/http"

# The configuration template and the command of each server; how its version is asked for.
SERVERS = {
    "simplon": ("simplon.toml", lambda config: [BUILD / "src/cli/simplon", "serve", "-c", config]),
    "nginx": ("nginx.conf", lambda config: ["/usr/sbin/nginx", "-e", "stderr", "-c", config]),
    "haproxy": ("haproxy.conf", lambda config: ["/usr/sbin/haproxy", "-db", "-f", config]),
    "nghttpx": ("nghttpx.conf", lambda config: ["/usr/sbin/nghttpx", f"--conf={config}"]),
    "h2o": ("h2o.yaml", lambda config: ["/usr/bin/h2o", "-c", config]),
}

# What the clients must have negotiated with every server.
TLS = {"tls": "TLSv1.3", "cipher": "TLS_AES_128_GCM_SHA256", "group": "x25519"}


def versions():
    def first_match(pattern, text):
        found = re.search(pattern, text)
        return found.group(1) if found else "unknown"

    cpu = first_match(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "simplon": output_of("git", "-C", ROOT, "describe", "--always", "--dirty").strip(),
        "nginx": first_match(r"nginx/(\S+)", output_of("/usr/sbin/nginx", "-v")),
        "haproxy": first_match(r"version (\S+)", output_of("/usr/sbin/haproxy", "-v")),
        "nghttpx": first_match(r"nghttp2/(\S+)", output_of("/usr/sbin/nghttpx", "--version")),
        "h2o": first_match(r"version (\S+)", output_of("/usr/bin/h2o", "--version")),
        "h2load": first_match(r"nghttp2/(\S+)", output_of("/usr/bin/h2load", "--version")),
        "wrk": first_match(r"wrk \D*(\S+)", output_of("/usr/bin/wrk", "-v")),
        "openssl": first_match(r"OpenSSL (\S+)", output_of("openssl", "version")),
        "compiler": first_match(r"(.*)", output_of("c++", "--version")),
        "kernel": platform.release(),
        "machine": f"{cpu}, {os.cpu_count()} CPUs",
    }


def to_json(what):
    return json.dumps(what, indent=1) + "\n"


def client_environment():
    return {**os.environ, "OPENSSL_CONF": str(HERE / "client.cnf")}


def make_certificate(directory):
    """ECDSA over P-256, as chain.pem and key.pem, and both.pem for HAProxy."""
    chain, key = directory / "chain.pem", directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=bench.example", "-addext", "subjectAltName=DNS:bench.example", "-keyout", key, "-out", chain]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    (directory / "both.pem").write_text(chain.read_text() + key.read_text())
    for file in directory.glob("*.pem"):
        file.chmod(0o644)


def start_backend(stack):
    backend = stack.enter_context(running([BUILD / "bench/load/bench_web_backend"], stdout=subprocess.PIPE, text=True))
    return int(backend.stdout.readline())


def start_server(stack, name, backend, directory):
    """The port and the process id of a server that listens."""
    template, command = SERVERS[name]
    port = free_port()
    text = (HERE / template).read_text()
    for word, value in {"@PORT@": port, "@BACKEND@": backend, "@DIRECTORY@": directory}.items():
        text = text.replace(word, str(value))
    config = directory / template
    config.write_text(text)
    said = stack.enter_context((directory / f"{name}.said").open("w"))
    process = stack.enter_context(running(command(config), stdout=said, stderr=said))
    wait_until_listening(port, process, pathlib.Path(said.name))
    return port, process.pid


def processes_of(root):
    """The process and all below it."""
    found = [root]
    with contextlib.suppress(FileNotFoundError):
        for task in pathlib.Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += processes_of(int(child))
    return found


def cpu_seconds(root):
    """The time on a CPU of all threads of a process and of those below it."""
    nanoseconds = 0
    for process in processes_of(root):
        for statistics in pathlib.Path(f"/proc/{process}/task").glob("*/schedstat"):
            nanoseconds += int(statistics.read_text().split()[0])
    return nanoseconds / 1e9


def memory(root):
    """Proportional set size in bytes."""
    kilobytes = 0
    for process in processes_of(root):
        rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        kilobytes += int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE).group(1))
    return kilobytes * 1024
