"""What the shared library shows: the list in symbols.txt, no more and no less."""

import unittest
from pathlib import Path

from gateway import program
from processes import run

LIBRARY = Path(program()).resolve().parents[2] / "packaging" / "library" / "libsimplon.so"
LISTED = Path(__file__).with_name("symbols.txt")


class Symbols(unittest.TestCase):
    def test_are_those_that_are_listed(self):
        shown = run(["nm", "-DC", "--defined-only", "--format=just-symbols", LIBRARY], check=True).stdout
        # A constructor has two symbols of one name.
        self.assertEqual(sorted(set(shown.splitlines())), LISTED.read_text().splitlines())

    def test_carry_the_version_of_the_library(self):
        dynamic = run(["readelf", "-d", LIBRARY], check=True).stdout
        self.assertRegex(dynamic, r"SONAME.*\[libsimplon\.so\.\d+\.\d+\]")


if __name__ == "__main__":
    unittest.main()
