"""Instructions that the program's own code executes for each operation of a hot path, counted by callgrind.

Each path is taken N times, then 3 N times, each in a process of its own: the difference is of the operations alone. What
libraries execute is left out, for they change without us.
"""

import concurrent.futures
import contextlib
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "compare"))

from commands import free_port, running, wait_until_listening  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench/results/instructions.json"
ANSWER = b"x" * 1500

CONFIGURATION = """
[server]
workers = 1
log = "off"
[[listen]]
name = "bench"
address = "127.0.0.1:{port}"
[[certificate]]
chain = "{folder}/chain.pem"
key = "{folder}/key.pem"
[[route]]
alpn = "h2"
{action} = "127.0.0.1:{backend}"
"""


def own_instructions(profile, program):
    """The self cost of `program`'s own functions in a callgrind file."""
    names, total, own, after_calls = {}, 0, False, False
    for line in pathlib.Path(profile).read_text().splitlines():
        if line.startswith("ob="):
            number, _, name = line[3:].partition(" ")
            names[number] = name or names[number]
            own = names[number] == str(program)
        elif line.startswith("cob="):
            number, _, name = line[4:].partition(" ")
            if name:
                names[number] = name
        elif line.startswith("calls="):
            after_calls = True
        elif line[:1].isdigit() or line[:1] in "+-*":
            # The line after a call is what was called, which counts where it stands itself.
            cost = line.split()[1:]  # none: nothing
            if own and not after_calls and cost:
                total += int(cost[0])
            after_calls = False
    return total


def callgrind(profile):
    return ["valgrind", "--tool=callgrind", "--compress-strings=yes", f"--callgrind-out-file={profile}"]


def count_operation(program, name, times, folder):
    profile = folder / f"{name}-{times}"
    subprocess.run([*callgrind(profile), program, name, str(times)], check=True, capture_output=True)
    return own_instructions(profile, program)


@contextlib.contextmanager
def backend():
    """Answers each connection's first bytes, and waits for its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener, concurrent.futures.ThreadPoolExecutor() as pool:
        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(65536)
                    client.sendall(ANSWER)
                    while client.recv(65536):
                        pass

        pool.submit(serve)
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def certify(folder):
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", folder / "key.pem", "-out", folder / "chain.pem"], check=True, capture_output=True)


def converse(stream, question):
    stream.sendall(question)
    left = len(ANSWER)
    while left > 0:
        left -= len(stream.recv(left))


def connect(port, ends_tls):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        if not ends_tls:
            converse(client, (ROOT / "tests/data/hello/curl.bin").read_bytes())
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(client, server_hostname="localhost") as tls:
            converse(tls, b"x" * 100)


def count_connections(program, ends_tls, times, folder):
    profile = folder / f"{'tls' if ends_tls else 'pass'}-{times}"
    port, config = free_port(), folder / f"{profile.name}.toml"
    with backend() as backend_port:
        action = "tcp" if ends_tls else "pass"
        config.write_text(CONFIGURATION.format(folder=folder, action=action, port=port, backend=backend_port))
        command = [*callgrind(profile), program, "serve", "-c", config]
        said = folder / f"{profile.name}.said"
        with running(command, stdout=said.open("w"), stderr=subprocess.STDOUT) as process:
            wait_until_listening(port, process, said)
            for _ in range(times):
                connect(port, ends_tls)
            process.terminate()
            process.wait(timeout=60)
    return own_instructions(profile, program)


def count(build):
    """Instructions for each operation."""
    build = pathlib.Path(build).resolve()
    program, operations = build / "src/cli/simplon", build / "bench/instructions/bench_operations"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        certify(folder)

        def each(counted, few):
            return round((counted(3 * few) - counted(few)) / (2 * few))

        return {
            "read_hello": each(lambda times: count_operation(operations, "read_hello", times, folder), 500),
            "decide": each(lambda times: count_operation(operations, "decide", times, folder), 500),
            "pass_through": each(lambda times: count_connections(program, False, times, folder), 50),
            "handshake": each(lambda times: count_connections(program, True, times, folder), 30),
        }


if __name__ == "__main__":
    began = time.monotonic()
    counts = count(sys.argv[1])
    RESULTS.write_text(json.dumps(counts, indent=1) + "\n")
    print(RESULTS.read_text() + f"in {time.monotonic() - began:.0f} s")
