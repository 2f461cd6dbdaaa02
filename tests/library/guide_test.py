"""The commands of docs/library.md, in the order in which they stand, as a reader gives them."""

import re
import tempfile
import unittest
from pathlib import Path

from gateway import ROOT, program
from processes import environment, run

BUILD = Path(program()).resolve().parents[2]
GUIDE = (ROOT / "docs" / "library.md").read_text()


def commands(text):
    return re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-guide-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        in_checkout, cls.in_empty_folder = map(commands, GUIDE.split("\nIn an empty folder,"))
        # Below DESTDIR instead of /, where neither ld.so nor pkg-config nor CMake would look by themselves. The build
        # is the one that is tested: script/setup and script/build made it.
        cls.write_program("bin/sudo", '[ "$1" = ldconfig ] || exec "$@"')
        for script in ("script/setup", "script/build"):
            assert (ROOT / script).exists()
            cls.write_program(f"checkout/{script}", "exit 0")
        (cls.folder / "checkout/build").mkdir()
        (cls.folder / "checkout/build/release").symlink_to(BUILD)
        cls.environment = environment(DESTDIR=str(cls.folder / "root"))
        cls.environment["PATH"] = f"{cls.folder / 'bin'}:{cls.environment['PATH']}"
        for block in in_checkout:
            cls.give(block, cls.folder / "checkout")
        (library,) = (cls.folder / "root").rglob("libsimplon.so")
        del cls.environment["DESTDIR"]
        cls.environment["LD_LIBRARY_PATH"] = str(library.parent)
        cls.environment["PKG_CONFIG_PATH"] = str(library.parent / "pkgconfig")
        cls.environment["CMAKE_PREFIX_PATH"] = str(library.parents[1])

    @classmethod
    def write_program(cls, name, text):
        path = cls.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    @classmethod
    def give(cls, block, folder):
        script = f"set -euo pipefail\ncd '{folder}'\n{block}"
        return run(["bash", "-c", script], env=cls.environment, timeout=200, check=True).stdout

    def test_install_everything_at_once(self):
        root = self.folder / "root"
        for name in ("bin/simplon", "libsimplon.so.0.1", "libsimplon.a", "simplon/simplon.h", "simplon-config.cmake"):
            self.assertEqual(len(list(root.rglob(name))), 1, name)

    def test_make_packages(self):
        packages = {path.name.partition("_")[0] for path in (self.folder / "checkout/packages").glob("*.deb")}
        self.assertEqual(packages, {"simplon", "libsimplon0.1", "simplon-dev"})

    def test_make_programs_that_run(self):
        folder = self.folder / "empty"
        folder.mkdir()
        for name, text in re.findall(r"`examples/library/([\w./]+)`[^\n]*\n+```\w+\n(.*?)^```", GUIDE, re.M | re.S):
            (folder / Path(name).name).write_text(text)
        printed = "".join(self.give(block, folder) for block in self.in_empty_folder)
        said = "server name  www.example.com\nALPN         h2,http/1.1\nJA4, raw     t13d"
        self.assertIn(said, printed)
        for name in ("read_hello", "read_hello_static"):
            self.assertIn(said, self.give(f"./{name} hello.bin", folder))
        self.assertIn("selected     h2\n", self.give("./hello hello.bin", folder))
        self.assertRegex(self.give("./fingerprint hello.bin", folder), r"^t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}\n$")
        self.assertEqual(self.give("./check_answer h2", folder), "goes on with h2\n")


if __name__ == "__main__":
    unittest.main()
