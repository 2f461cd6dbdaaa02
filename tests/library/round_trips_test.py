"""ALPN costs no round trip: flights counted over a relay, and docs/round-trips.md says what is counted."""

import re
import unittest
from pathlib import Path

from gateway import ROOT, program
from processes import environment, run

BUILD = Path(program()).resolve().parents[2]


def rows(text):
    """The flights of every kind of connection: until HTTP/2 may be sent, and until it is answered."""
    found = re.findall(r"^\| ([^|]+) \| (\d+) \| \d+ \| (\d+) \| \d+ \|$", text, re.M)
    return {kind: (int(ready), int(answered)) for kind, ready, answered in found}


class RoundTrips(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [ROOT / "bench" / "roundtrips" / "run", "--print"]
        cls.counted = rows(run(command, env=environment(SIMPLON_BUILD=str(BUILD)), check=True).stdout)

    def test_alpn_costs_none(self):
        self.assertEqual(len(self.counted), 6)
        for version, flights in (("1.3", (2, 4)), ("1.2", (4, 6))):
            self.assertEqual(self.counted[f"TLS {version} without ALPN"], flights)
            self.assertEqual(self.counted[f"TLS {version} with ALPN"], flights)

    def test_an_upgrade_costs_one(self):
        self.assertEqual(self.counted["no TLS, HTTP/2 known beforehand"], (0, 2))
        self.assertEqual(self.counted["no TLS, HTTP Upgrade to h2c"], (2, 4))

    def test_the_document_says_what_is_counted(self):
        self.assertEqual(rows((ROOT / "docs" / "round-trips.md").read_text()), self.counted)


if __name__ == "__main__":
    unittest.main()
