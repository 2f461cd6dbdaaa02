"""The examples of the library: what they print, that they are short, and that docs/library.md shows them as they are."""

import json
import re
import unittest
from pathlib import Path

from gateway import ROOT, program, simplon
from processes import run

BUILT = Path(program()).resolve().parents[2] / "examples" / "library"
SOURCES = ROOT / "examples" / "library"
HELLOS = sorted((ROOT / "tests" / "data" / "hello").glob("*.bin"))


def example(name, *arguments):
    return run([BUILT / name, *arguments])


class Examples(unittest.TestCase):
    def test_read_hello_says_what_decode_says(self):
        for hello in HELLOS:
            with self.subTest(hello=hello.name):
                decoded = json.loads(simplon("decode", "--json", hello).stdout)
                lines = dict(line.split(None, 1) for line in self.fields(example("read_hello", hello)))
                self.assertEqual(lines["name"], decoded["server_name"] or "none")
                self.assertEqual(lines["ALPN"], ",".join(decoded["alpn"]) if decoded["alpn"] else "none")
                self.assertEqual(lines["raw"], decoded["ja4_r"])

    def fields(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return [re.sub(r"^(server|JA4,) ", "", line) for line in done.stdout.splitlines()]

    def test_read_hello_refuses_what_is_none(self):
        done = example("read_hello", ROOT / "README.md")
        self.assertEqual((done.returncode, done.stderr), (1, "not a TLS record (RFC 8446 §5.1)\n"))

    def test_select_protocol_obeys_rfc_7301(self):
        for offer, answer in (
            (["http/1.1", "h2"], "answers with h2 (RFC 7301 §3.2)"),
            (["h3"], "ends with alert 120, no_application_protocol (RFC 7301 §3.2)"),
            ([], "goes on without ALPN (RFC 7301 §3.1)"),
        ):
            self.assertEqual(example("select_protocol", *offer).stdout, answer + "\n")

    def test_check_answer_obeys_rfc_7301(self):
        for answer, status, text in (
            (["h2"], 0, "goes on with h2"),
            (["h3"], 1, "the server selected a protocol that was not offered: alert 47, illegal_parameter (RFC 7301 §3.1)"),
            ([], 1, "the server selected no protocol: alert 120, no_application_protocol (RFC 7301 §3.2)"),
        ):
            done = example("check_answer", *answer)
            self.assertEqual((done.returncode, done.stdout), (status, text + "\n"))

    def test_are_short(self):
        sources = [*SOURCES.glob("*.cpp"), *SOURCES.glob("*.c")]
        self.assertGreaterEqual(len(sources), 4)
        for source in sources:
            self.assertLess(len(source.read_text().splitlines()), 60, source.name)


class Guide(unittest.TestCase):
    def test_shows_the_examples_as_they_are_compiled(self):
        text = (ROOT / "docs" / "library.md").read_text()
        blocks = re.findall(r"`examples/library/([\w./]+)`[^\n]*\n+```(?:cpp|c|cmake)\n(.*?)^```", text, re.M | re.S)
        # No block of code that isn't one of them.
        self.assertEqual(len(blocks), len(re.findall(r"^```(?:cpp|c|cmake)$", text, re.M)))
        # Those of the adapters are in docs/adapters.md.
        elsewhere = ("openssl_", "gnutls_", "mbedtls_")
        here = {path.name for path in SOURCES.glob("*.c*") if not path.name.startswith(elsewhere)}
        self.assertGreaterEqual({name for name, _ in blocks}, here)
        for name, block in blocks:
            self.assertEqual(block, (SOURCES / name).read_text(), name)


if __name__ == "__main__":
    unittest.main()
