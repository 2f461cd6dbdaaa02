"""`simplon conform --client`: clients against a server that misbehaves, this gateway's own client among them."""

import contextlib
import json
import signal
import socket
import ssl
import sys
import unittest
import xml.etree.ElementTree
from pathlib import Path

from certificates import make_self_signed
from clients import require
from gateway import GatewayTest, program
from hellos import Hello
from processes import PATIENCE, Child, run, wait_until

_LAX = Path(__file__).resolve().parents[1] / "support/python/lax_client.py"
_OPENSSL = ["openssl", "s_client", "-connect", "{address}", "-servername", "localhost"]
_ALPN = ["-alpn", "h2,http/1.1"]
# Opens a connection that it has no use for, says on it what is given in hexadecimal, and runs what else is given.
_SPARE = """import signal, socket, subprocess, sys
spare = socket.create_connection((sys.argv[1], int(sys.argv[2])))
spare.sendall(bytes.fromhex(sys.argv[3]))
if sys.argv[3]: spare.recv(65536); spare.close()
subprocess.run(sys.argv[4:], stdin=subprocess.DEVNULL)
signal.pause()
"""
# For who offers protocols.
_SKIPPED = {("unasked", "1.3"), ("unasked", "1.2")}


def conform(*command, options=()):
    return run([program(), "conform", "--client", *options, "--", *command], timeout=240)


def by_result(report, result):
    """(id, TLS version) -> what was seen, where a case ended so."""
    return {(case["id"], case["tls"]): case["seen"] for case in report["cases"] if case["result"] == result}


def is_running(process):
    """Nobody may have waited for one that has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def must_failures(report):
    return {case["id"] for case in report["cases"] if (case["demand"], case["result"]) == ("must", "failed")}


class ConformClient(GatewayTest):
    def report(self, *command, status, options=()):
        done = conform(*command, options=["--json", *options])
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def assertPasses(self, report, *, differs=(), skipped=frozenset()):
        """Nothing fails but these recommendations, nothing is skipped but this, and the control went through."""
        self.assertEqual({case for case, _ in by_result(report, "failed")}, set(differs))
        self.assertEqual(set(by_result(report, "skipped")), _SKIPPED | set(skipped))
        self.assertEqual(report["failures"], 0)
        passed = by_result(report, "passed")
        for tls in ("1.3", "1.2"):
            self.assertRegex(passed["control", tls], "^finishes the handshake")
            self.assertRegex(passed["unoffered", tls], "^alert ")

    def test_openssl(self):
        report = self.report(*_OPENSSL, *_ALPN, status=0)
        self.assertEqual(report["offers"], ["h2", "http/1.1"])
        # It calls a name that it did not offer a bad extension.
        self.assertPasses(report, differs={"unoffered-alert"})
        self.assertEqual(by_result(report, "failed")["unoffered-alert", "1.2"], "alert 50 (decode_error)")

    def test_openssl_without_an_offer(self):
        report = self.report(*_OPENSSL, status=0)
        self.assertIsNone(report["offers"])
        passed = by_result(report, "passed")
        self.assertEqual({case for case, _ in passed}, {"control", "unasked"})
        self.assertEqual(passed["unasked", "1.3"], "alert 110 (unsupported_extension)")
        self.assertEqual(by_result(report, "skipped")["unoffered", "1.2"], "it offers no protocol")

    def test_curl(self):
        command = ["curl", "-sk", "--max-time", "20", "--noproxy", "*", "https://{address}/"]
        self.assertPasses(self.report(*command, status=0), differs={"unoffered-alert"})

    def test_gnutls(self):
        command = [require("gnutls-cli"), "--insecure", "--alpn", "h2", "--alpn", "http/1.1", "-p", "{port}", "{host}"]
        report = self.report(*command, status=1)
        passed, failed = by_result(report, "passed"), by_result(report, "failed")
        self.assertRegex(passed["control", "1.3"], "^finishes the handshake")
        for tls in ("1.3", "1.2"):
            # It looks at the first name's length, and at nothing else.
            self.assertEqual(passed["name-truncated", tls], "alert 50 (decode_error)")
            self.assertRegex(failed["unoffered", tls], "^finishes the handshake")
            self.assertRegex(failed["two-names", tls], "^finishes the handshake")
        self.assertEqual(failed["in-server-hello", "1.3"], "alert 110 (unsupported_extension)")

    def test_a_client_that_takes_anything(self):
        report = self.report(sys.executable, _LAX, "{port}", status=1)
        # The other two are about what a server must not answer to an offer at all, and about who offers nothing.
        self.assertEqual(
            must_failures(report),
            {
                *("unoffered", "other-case", "longer-name", "shorter-name", "name-with-nul", "two-names"),
                *("empty-extension", "empty-list", "empty-name", "list-too-short", "list-too-long"),
                *("name-truncated", "one-byte", "in-server-hello", "in-certificate", "in-retry"),
            },
        )
        self.assertEqual(set(by_result(report, "passed")), {(case, "1.3") for case in ("control", "last-offered", "no-answer")})
        self.assertEqual({case["tls"] for case in report["cases"]}, {"1.3"})
        failed = by_result(report, "failed")
        self.assertEqual(failed["unoffered", "1.3"], "finishes the handshake")

    def test_failures_that_are_known(self):
        only = ["--case", "two-names"]
        deviations = self.folder / "deviations.json"
        deviations.write_text('{"two-names": "as released"}')
        lax = [sys.executable, _LAX, "{port}"]
        text = conform(*lax, options=[*only, "--deviations", deviations])
        self.assertEqual(text.returncode, 0, text.stdout)
        self.assertRegex(text.stdout, r"(?m)^known +TLS 1\.3 +two-names +finishes the handshake$")
        path = self.folder / "report.xml"
        self.assertEqual(conform(*lax, options=[*only, "--junit", path]).returncode, 1)
        suite = xml.etree.ElementTree.parse(path).getroot()
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("1", "1"))
        deviations.write_text('{"no-overlap": "a case of servers"}')
        self.assertEqual(conform(*lax, options=["--deviations", deviations]).returncode, 3)

    def test_a_client_that_does_not_trust_the_certificate(self):
        report = self.report("curl", "-s", "https://{address}/", status=1)
        self.assertEqual(must_failures(report), {"control"})
        self.assertRegex(by_result(report, "failed")["control", "1.3"], r"alert 48 \(unknown_CA\)")
        self.assertEqual(by_result(report, "skipped")["unoffered", "1.3"], "it fails the control")

    def test_a_certificate_that_it_trusts(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        given = ["--cert", certificate.chain, "--key", certificate.key, "--case", "control"]
        command = ["curl", "-s", "--noproxy", "*", "--cacert", certificate.chain, "https://localhost:{port}/"]
        self.assertEqual(len(self.report(*command, status=0, options=given)["cases"]), 2)

    def test_the_command_is_told_where_to_connect(self):
        told = self.folder / "told"
        script = 'printf "%s\\n" "$1" "$SIMPLON_ADDRESS" "$SIMPLON_HOST:$SIMPLON_PORT" "[a,b]" >"$0"; exit 7'
        done = conform("sh", "-c", script, told, "{host}:{port}", options=["--verbose"])
        self.assertEqual(done.returncode, 3)
        self.assertIn("the command ended with exit status 7 and did not connect", done.stderr)
        lines = told.read_text().split("\n")
        self.assertEqual(lines[0], lines[1])
        self.assertEqual(lines[0], lines[2])
        self.assertRegex(lines[0], r"^127\.0\.0\.1:\d+$")

    def assertAnotherIsJudged(self, hello):
        """What a client does on its real connection is what counts, not what it does on a spare one."""
        spare = [sys.executable, "-c", _SPARE, "{host}", "{port}", hello]
        report = self.report(*spare, *_OPENSSL, *_ALPN, status=0, options=["--case", "unoffered"])
        passed = by_result(report, "passed")
        self.assertEqual({passed["unoffered", tls] for tls in ("1.3", "1.2")}, {"alert 50 (decode_error)"})

    def test_a_spare_connection_that_says_nothing(self):
        self.assertAnotherIsJudged("")

    def test_a_spare_connection_that_is_given_up(self):
        self.assertAnotherIsJudged(Hello("h2", "http/1.1").bytes.hex())

    def stopped(self, number, script):
        """Its exit status, and what the command had started, after a signal while the command runs."""
        told = self.folder / f"told-{number}"
        server = self.closing(Child([program(), "conform", "--client", "--", "sh", "-c", script, told]))
        wait_until(lambda: told.exists() and told.read_text().endswith("\n"), "the command has started")
        server.signal(number)
        return server.wait(), told.read_text().split()

    def test_a_signal_ends_the_command_too(self):
        script = 'sleep 600 & echo $$ $! >"$0"; wait'
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            status, processes = self.stopped(number, script)
            self.assertEqual(status, -number)
            self.assertEqual(len(processes), 2)
            wait_until(lambda each=processes: not any(map(is_running, each)), "the command has ended")

    def test_a_signal_ends_a_command_that_does_not_want_to(self):
        status, processes = self.stopped(signal.SIGTERM, """trap '' TERM; sleep 600 & echo $$ $! >"$0"; wait""")
        self.assertEqual(status, -signal.SIGTERM)
        wait_until(lambda: not any(map(is_running, processes)), "the command has ended")

    def test_a_killed_program_takes_the_command_with_it(self):
        status, processes = self.stopped(signal.SIGKILL, 'echo $$ >"$0"; exec sleep 600')
        self.assertEqual(status, -signal.SIGKILL)
        wait_until(lambda: not any(map(is_running, processes)), "the command has ended")

    def test_what_can_not_be_run(self):
        self.assertEqual(conform("/no/such/program").returncode, 3)
        self.assertEqual(run([program(), "conform", "--", "true"]).returncode, 2)
        self.assertEqual(conform("true", options=["--listen", "nowhere"]).returncode, 2)

    def through_the_gateway(self, keys, protocols):
        """The report on the gateway's own client, which connects for each client that it gets."""
        certificate = make_self_signed(self.folder, ["localhost"])
        server = self.closing(
            Child(
                [program(), "conform", "--client", "--json", "--cert", certificate.chain, "--key", certificate.key]
            )
        )
        note = server.stderr.wait_for(lambda lines: next((line for line in lines if line.startswith("listening")), None))
        port = note.removeprefix("listening on 127.0.0.1:").split(":")[0]
        gateway = self.serve(
            f"""
[[listen]]
address = "127.0.0.1:0"
[[certificate]]
chain = "{certificate.chain}"
key = "{certificate.key}"
[[route]]
tls = "localhost:{port}"
ca = "{certificate.chain}"
{keys}
"""
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(certificate.chain)
        context.set_alpn_protocols(protocols)
        while server.process.poll() is None:
            with contextlib.suppress(OSError):
                with socket.create_connection((gateway.host, gateway.port), timeout=PATIENCE) as plain:
                    with context.wrap_socket(plain, server_hostname="localhost") as connected:
                        connected.recv(1)
        server.wait()
        report = json.loads("\n".join(server.stdout.all()))
        self.assertEqual(server.process.returncode, 0, report)
        return report

    def test_this_gateway(self):
        report = self.through_the_gateway('alpn = ["h2", "http/1.1"]', ["h2"])
        self.assertEqual(report["offers"], ["h2"])
        self.assertPasses(
            report, differs={"unoffered-alert"}, skipped={("last-offered", "1.3"), ("last-offered", "1.2")}
        )

    def test_this_gateway_end_to_end(self):
        report = self.through_the_gateway("mirror = true", ["h2", "http/1.1"])
        self.assertEqual(report["offers"], ["h2", "http/1.1"])
        self.assertPasses(report, differs={"unoffered-alert"})


if __name__ == "__main__":
    unittest.main()
