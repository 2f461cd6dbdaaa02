"""The adapters cost next to nothing of a handshake, and the documents say what was measured."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from gateway import ROOT, program

sys.path.insert(0, str(ROOT / "bench/overhead"))

import measure  # noqa: E402

PROGRAM = Path(program()).resolve().parents[2] / "bench/overhead/bench_overhead"
MEASURED = json.loads(measure.RESULTS.read_text())


class Overhead(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-overhead-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        measure.certify(cls.folder)

    def test_is_less_than_a_thousandth_of_a_handshake(self):
        for library in ("openssl-1.3", "gnutls-1.3"):
            counted = measure.count_handshakes(PROGRAM, library, ("by-hand", "server", "client"), 20, self.folder)
            for side in ("server", "client"):
                more = counted[side] - counted["by-hand"]
                self.assertLess(abs(more), counted["by-hand"] / 1000, (library, side, counted))

    def test_everything_measured_comes_out_right(self):
        """A negotiation that ends otherwise than with h2 is a failure of the program."""
        operations = [*measure.READING, *measure.DECIDING]
        operations += [f"{library}-{way}" for library in measure.HANDSHAKES for way in measure.WAYS]
        for operation in operations:
            command = [PROGRAM, operation, "2", self.folder / "chain.pem", self.folder / "key.pem"]
            self.assertEqual(subprocess.run(command, timeout=60).returncode, 0, operation)


class Documents(unittest.TestCase):
    def test_say_what_was_measured(self):
        self.assertTrue(measure.ADAPTERS.read_text().endswith(measure.section(MEASURED)))
        self.assertIn(measure.size_bullet(MEASURED["sizes"]), measure.LIBRARY.read_text())


if __name__ == "__main__":
    unittest.main()
