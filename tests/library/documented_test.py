"""Every declaration of the public headers is documented, as Doxygen sees it."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from gateway import ROOT


def reference(tree, output):
    """Doxygen's status and complaints about a tree that has the public headers."""
    settings = (ROOT / "packaging/library/Doxyfile").read_text() + f"OUTPUT_DIRECTORY = {output}\n"
    done = subprocess.run(["doxygen", "-"], cwd=tree, input=settings, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stderr


class Documented(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="simplon-reference-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_is_every_public_declaration(self):
        status, complaints = reference(ROOT, self.folder)
        self.assertEqual((status, complaints), (0, ""))
        self.assertTrue((self.folder / "html/index.html").exists())

    def test_would_be_missed(self):
        shutil.copytree(ROOT / "include", self.folder / "include")
        with (self.folder / "include/simplon/alpn/policy.hpp").open("a") as header:
            header.write("namespace simplon {\nclass Policy;\nint undocumented();\n}\n")
        status, complaints = reference(self.folder, self.folder)
        self.assertNotEqual(status, 0)
        self.assertIn("undocumented", complaints)


if __name__ == "__main__":
    unittest.main()
