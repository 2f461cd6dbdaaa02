"""The library compiled without exceptions and type information: it says the same."""

import unittest
from pathlib import Path

from gateway import ROOT, program
from processes import run

BUILD = Path(program()).resolve().parents[2]
LIBRARY = BUILD / "tests" / "library"
HELLOS = sorted((ROOT / "tests" / "data" / "hello").glob("*.bin"))
OFFERS = (["h2", "http/1.1"], ["http/1.1"], ["h3"], [], ["h2c"], ["x" * 256])
ANSWERS = (["h2"], ["h3"], [])


def said(program, *arguments):
    done = run([program, *arguments])
    return done.returncode, done.stdout, done.stderr


class Bare(unittest.TestCase):
    suffix = ""  # of the programs' names

    def assert_says_the_same(self, name, *arguments):
        usual = said(BUILD / "examples" / "library" / name, *arguments)
        self.assertNotEqual(usual[1] + usual[2], "")
        with self.subTest(name=name, arguments=arguments):
            self.assertEqual(said(LIBRARY / f"bare_{name}{self.suffix}", *arguments), usual)

    def test_reads_hellos(self):
        self.assertGreaterEqual(len(HELLOS), 10)
        for hello in HELLOS:
            self.assert_says_the_same("read_hello", hello)
        self.assert_says_the_same("read_hello", ROOT / "README.md")

    def test_negotiates(self):
        for offer in OFFERS:
            self.assert_says_the_same("select_protocol", *offer)
        for answer in ANSWERS:
            self.assert_says_the_same("check_answer", *answer)

    def test_has_neither_exceptions_nor_type_information(self):
        symbols = run(["nm", "-C", LIBRARY / f"libbare_core{self.suffix}.a"], check=True).stdout
        self.assertIn("simplon::parse_client_hello(", symbols)
        for name in ("__cxa_throw", "__cxa_begin_catch", "typeinfo for"):
            self.assertNotIn(name, symbols)

    def test_a_program_that_only_parses_is_small(self):
        """Nearly all of it is the C library: an empty program, linked statically, has 667 KiB on Debian 12."""
        parse_only = LIBRARY / f"parse_only{self.suffix}"
        self.assertLess(parse_only.stat().st_size, 800 * 1024)
        hello = ROOT / "tests" / "data" / "hello" / "curl.bin"
        printed = run(["sh", "-c", '"$0" <"$1"', parse_only, hello], check=True).stdout
        self.assertEqual(printed, "curl.example\nh2\nhttp/1.1\n")


if __name__ == "__main__":
    unittest.main()
