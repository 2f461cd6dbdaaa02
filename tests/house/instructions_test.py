"""The hot paths execute no more instructions than bench/results/instructions.json says, by a tenth."""

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/instructions"))

import count  # noqa: E402
from gateway import program  # noqa: E402

MOST = 1.10


class Instructions(unittest.TestCase):
    def test_are_no_more_than_is_known(self):
        known = json.loads(count.RESULTS.read_text())
        counted = count.count(Path(program()).resolve().parents[2])
        self.assertEqual(counted.keys(), known.keys())
        grown = {name: (known[name], now) for name, now in counted.items() if now > MOST * known[name]}
        self.assertEqual(grown, {}, "before and now; where that is as it should be, run bench/instructions/run, and commit "
                                    "what it writes with what changed it")


if __name__ == "__main__":
    unittest.main()
