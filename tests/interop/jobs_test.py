"""The eight jobs of bench/compare/jobs, done anew: docs/comparison.md tells what comes of them."""

import re
import sys
import unittest

from gateway import ROOT

sys.path.insert(0, str(ROOT / "bench/compare/jobs"))
import jobs


class Jobs(unittest.TestCase):
    maxDiff = None

    def check(self, name):
        """The program's column of the table, and what is said of it below."""
        text = jobs.DOCUMENT.read_text()
        head, *rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
        column = head.index(jobs.NAMES[name])
        cells = {re.match(r"\[(\w+)\]", row[0])[1]: row[column] for row in rows}
        self.assertEqual(list(cells), list(jobs.JOBS))
        around = self.enterContext(jobs.surroundings())
        for job, committed in cells.items():
            with self.subTest(job=job):
                section = text.partition(f"### {job}\n")[2].partition("\n### ")[0]
                self.assertIn("\n".join(jobs.tell_job(job)[1:]), section)
                cell, missing = jobs.do(job, name, around)
                self.assertEqual(cell, committed)
                paragraph = r".*?(?=\n\n|$)"
                failures = rf"\n\*\*{jobs.NAMES[name]}\*\*{paragraph}(\n\n- {paragraph})?"
                told = re.search(failures, section, re.DOTALL)
                self.assertEqual("\n".join(jobs.tell_missing(job, name, missing)), told[0] if told else "")

    def test_simplon(self):
        self.check("simplon")

    def test_nginx(self):
        self.check("nginx")

    def test_haproxy(self):
        self.check("haproxy")

    def test_sslh(self):
        self.check("sslh")


if __name__ == "__main__":
    unittest.main()
