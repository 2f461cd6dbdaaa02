"""The examples of docs/asio.md: programs on Boost.Asio, tried by curl and openssl."""

import re
import signal
import tempfile
import unittest
from pathlib import Path

from certificates import make_self_signed
from gateway import ROOT, program
from processes import Child, run

BUILT = Path(program()).resolve().parents[2] / "examples" / "library"
SOURCES = ROOT / "examples" / "library" / "asio"
NAME = "localhost"


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-asio-")
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = make_self_signed(folder.name, [NAME])

    def start(self, name, *arguments):
        """The program and its port."""
        child = Child([BUILT / f"asio_{name}", "0", self.certificate.chain, self.certificate.key, *arguments])
        self.addCleanup(child.close)
        found = child.stdout.wait_for(lambda lines: lines and re.fullmatch(r"listening on .*:(\d+)", lines[0]))
        return child, found[1]

    def curl(self, port, *options):
        url = f"https://{NAME}:{port}/"
        trusted = ["--cacert", self.certificate.chain, "--resolve", f"{NAME}:{port}:127.0.0.1"]
        return run(["curl", "-sS", "-w", "%{http_version}", *trusted, *options, url])

    def s_client(self, port, *options):
        return run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, *options])

    def fetch(self, port, *protocols):
        return run([BUILT / "asio_fetch", NAME, port, self.certificate.chain, *protocols])

    def test_serve_speaks_two_protocols_on_one_port(self):
        _, port = self.start("serve")
        for option, said in (("--http2", "hello over h2\n2"), ("--http1.1", "hello over http/1.1\n1.1")):
            done = self.curl(port, option)
            self.assertEqual((done.stdout, done.stderr), (said, ""))
        self.assertEqual(self.curl(port, "--no-alpn").stdout, "hello over http/1.1\n1.1")

    def test_serve_sends_alert_120_where_nothing_is_in_common(self):
        child, port = self.start("serve")
        for version in ("-tls1_2", "-tls1_3"):
            done = self.s_client(port, "-alpn", "h3", version)
            self.assertRegex(done.stderr, r"tlsv1 alert no application protocol.*SSL alert number 120")
        said = "the client offered no protocol that is served (RFC 7301 §3.2)"
        child.stderr.wait_for(lambda lines: [line for line in lines if said in line])
        self.assertEqual(self.curl(port, "--http2").stdout, "hello over h2\n2")

    def test_serve_stops_when_it_is_told_to(self):
        child, port = self.start("serve")
        self.assertEqual(self.curl(port, "--http2").stdout, "hello over h2\n2")
        child.signal(signal.SIGTERM)
        self.assertEqual(child.wait(), 0)
        self.assertEqual(child.stdout.all()[-1], "stopped: Success")

    def test_fetch_agrees_with_serve(self):
        _, port = self.start("serve")
        self.assertEqual(self.fetch(port, "h2", "http/1.1").stdout, "agreed on h2\n")
        self.assertEqual(self.fetch(port, "http/1.1").stdout, "agreed on http/1.1\nhello over http/1.1\n")
        done = self.fetch(port, "h3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the server has none of the protocols offered (RFC 7301 §3.2)", done.stderr)

    def test_mirror_has_both_sides_speak_what_the_server_selects(self):
        _, upstream = self.start("serve")
        mirror, port = self.start("mirror", upstream, self.certificate.chain)
        for option, said in (("--http2", "hello over h2\n2"), ("--http1.1", "hello over http/1.1\n1.1")):
            self.assertEqual(self.curl(port, option).stdout, said)
        mirror.stdout.wait_for(lambda lines: "localhost speaks h2" in lines and "localhost speaks http/1.1" in lines)

    def test_mirror_hands_on_a_refusal(self):
        _, upstream = self.start("serve")
        _, port = self.start("mirror", upstream, self.certificate.chain)
        self.assertRegex(self.s_client(port, "-alpn", "h3").stderr, r"SSL alert number 120")

    def test_are_short(self):
        sources = list(SOURCES.glob("*.cpp"))
        self.assertEqual(len(sources), 3)
        for source in sources:
            self.assertLess(len(source.read_text().splitlines()), 60, source.name)


class Guide(unittest.TestCase):
    def test_shows_the_examples_as_they_are_compiled(self):
        text = (ROOT / "docs" / "asio.md").read_text()
        blocks = re.findall(r"`examples/library/asio/([\w./]+)`[^\n]*\n+```(?:cpp|cmake)\n(.*?)^```", text, re.M | re.S)
        # No block of code that isn't one of them.
        self.assertEqual(len(blocks), len(re.findall(r"^```(?:cpp|cmake)$", text, re.M)))
        self.assertGreaterEqual({name for name, _ in blocks}, {path.name for path in SOURCES.glob("*.[ch]pp")})
        for name, block in blocks:
            self.assertEqual(block, (SOURCES / name).read_text(), name)


if __name__ == "__main__":
    unittest.main()
