"""The systemd units and their companions, without a systemd that runs them: what can be told of them offline, and the
program at work under the service's own filters."""

import asyncio
import json
import re
import signal
import socket
import ssl
import sys
import unittest

import sandbox
from activation import ask, inheriting, listen
from backends import Echo, OpensslServer, PlainHttp
from certificates import make_self_signed
from clients import curl
from gateway import ROOT, GatewayTest, program
from processes import Child, run, wait_until

PACKAGING = ROOT / "packaging"
SERVICE = PACKAGING / "systemd" / "simplon.service"
SOCKET = PACKAGING / "systemd" / "simplon.socket"
SYSUSERS = PACKAGING / "systemd" / "simplon.sysusers"


def wait_for_log(log, event, count):
    """The messages of the first `count` lines of this event in a log file."""

    def found():
        lines = log.read_text().splitlines() if log.exists() else []
        messages = [line.get("message") for line in map(json.loads, lines) if line["event"] == event]
        return messages[:count] if len(messages) >= count else None

    return wait_until(found, f"{count} lines of {event} in {log}")


def exchange(port, name, sent):
    """What comes back over TLS: as many bytes as were sent, or all until the end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    # One thread for both directions: an SSL object must not be read and written at once.
    async def converse():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        writer.write(sent)
        got = bytearray()
        while len(got) < len(sent) and (data := await reader.read(65536)):
            got += data
        writer.transport.abort()
        return bytes(got)

    return asyncio.run(asyncio.wait_for(converse(), 30))


class Units(GatewayTest):
    def test_the_service_is_exposed_to_little(self):
        done = run(["systemd-analyze", "security", "--offline=true", "--no-pager", SERVICE], check=True)
        score = float(re.search(r"Overall exposure level for simplon.service: ([0-9.]+)", done.stdout)[1])
        print(f"exposure level {score}")
        self.assertLessEqual(score, 2.0)

    def test_systemd_reads_the_units_without_a_complaint(self):
        # In a tree of their own, with the program and the manual pages that they name.
        root = self.folder / "root"
        for name in ("usr/bin", "etc/systemd/system", "bin"):
            (root / name).mkdir(parents=True)
        for name in ("usr/bin/simplon", "bin/kill"):
            (root / name).write_text("#!/bin/sh\n")
            (root / name).chmod(0o755)
        for unit in (SERVICE, SOCKET):
            (root / "etc/systemd/system" / unit.name).write_text(unit.read_text())
        units = ("simplon.service", "simplon.socket")
        done = run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", *units])
        self.assertEqual((done.stdout + done.stderr).strip(), "")

    def test_the_user_is_made(self):
        root = self.folder / "root"
        (root / "etc").mkdir(parents=True)
        run(["systemd-sysusers", f"--root={root}", SYSUSERS], check=True)
        self.assertIn("\nsimplon:", "\n" + (root / "etc/group").read_text())
        self.assertRegex((root / "etc/passwd").read_text(), r"(?m)^simplon:x:\d+:\d+:[^:]*:/var/lib/simplon:\S*nologin$")
        settings = dict(sandbox.service_settings(SERVICE))
        self.assertEqual((settings["User"], settings["Group"]), ("simplon", "simplon"))

    def test_logrotate_reads_its_snippet(self):
        snippet = self.folder / "simplon"
        # The user may not be there.
        snippet.write_text(re.sub("simplon adm", "root root", (PACKAGING / "simplon.logrotate").read_text()))
        snippet.chmod(0o644)
        done = run(["/usr/sbin/logrotate", "--debug", "--state", self.folder / "state", snippet])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("error:", done.stderr)
        self.assertIn("/var/log/simplon/*.log", done.stderr)


class UnderTheServicesFilters(GatewayTest):
    """Every kind of traffic, with the system calls, socket families and memory that the service allows."""

    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, ["localhost", "raw.test", "tls.test", "pass.test"])

    def test_the_filter_holds(self):
        def told_by(code):
            command = [sys.executable, "-B", sandbox.__file__, SERVICE, sys.executable, "-c", code]
            return run(command).stderr

        self.assertIn("not permitted", told_by("import os; os.chown('/tmp', 0, 0)"))
        self.assertIn("not permitted", told_by("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"))
        self.assertIn("not permitted", told_by("import mmap; mmap.mmap(-1, 4096, prot=7)"))
        self.assertEqual(told_by("import socket; socket.socket(socket.AF_INET)"), "")

    def test_all_traffic_goes_on(self):
        app = self.closing(PlainHttp())
        echo = self.closing(Echo(b""))
        page = self.closing(OpensslServer(self.certificate))
        log = self.folder / "simplon.log"
        admin = self.folder / "admin.sock"
        listener = self.closing(listen())
        path = self.folder / "simplon.toml"
        path.write_text(
            f"""
[server]
workers = 2
log = "{log}"
[admin]
address = "unix:{admin}"
[[listen]]
name = "passed"
address = "127.0.0.1:{listener.getsockname()[1]}"
[[listen]]
name = "bound"
address = "127.0.0.1:0"
[[certificate]]
chain = "{self.certificate.chain}"
key = "{self.certificate.key}"
[[route]]
sni = "pass.test"
pass = "localhost:{page.port}"
[[route]]
sni = "raw.test"
tcp = "localhost:{echo.port}"
[[route]]
sni = "tls.test"
tls = "localhost:{page.port}"
verify = false
[[route]]
listen = "passed"
http = "http://localhost:{app.port}"
[[route]]
inspect = true
"""
        )
        how = inheriting([listener])
        sandboxed = [sys.executable, "-B", sandbox.__file__, SERVICE, *how["launcher"]]
        child = self.closing(Child([*sandboxed, program(), "serve", "-c", path], pass_fds=how["pass_fds"]))
        self.addCleanup(lambda: print(child, log.read_text()))
        notes = wait_for_log(log, "listening", 2)
        passed, bound = (int(note.rpartition(":")[2]) for note in notes)
        self.assertEqual(ask(("127.0.0.1", passed)), 200)
        for alpn in ("--http2", "--http1.1"):
            self.assertIn("TLS", curl(bound, [alpn], "1.3", path="json").body)
        self.assertEqual(exchange(passed, "raw.test", b"x" * 3_000_000), b"x" * 3_000_000)
        for name in ("tls.test", "pass.test"):
            self.assertIn(b"HTTP/1.0 200", exchange(passed, name, b"GET / HTTP/1.0\r\n\r\n"))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(admin))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertEqual(client.recv(12), b"HTTP/1.1 200")
        log.rename(self.folder / "old.log")
        child.signal(signal.SIGUSR1)
        self.assertEqual(ask(("127.0.0.1", passed)), 200)
        wait_for_log(log, "connection", 1)
        child.signal(signal.SIGTERM)
        self.assertEqual(child.wait(), 0)
        self.assertFalse(admin.exists(), "its socket is removed")
        self.assertNotIn("not permitted", (self.folder / "old.log").read_text() + log.read_text() + str(child))


if __name__ == "__main__":
    unittest.main()
