"""Servers that are compared in front of one application: started from a template, with a certificate and a free port."""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support/python"))

from certificates import make_self_signed  # noqa: E402
from ports import free_port, is_open  # noqa: E402
from processes import Child, wait_until  # noqa: E402

BUILD = ROOT / "build/release"
SIMPLON = BUILD / "src/cli/simplon"


class Front:
    """A server that listens on `port`; its folder has chain.pem, key.pem and both.pem, the one of which is the other two.

    In the template @PORT@, @BACKEND@ and @DIRECTORY@ are filled in; `command` makes the command of the file.
    """

    def __init__(self, stack, template, command, backend_port):
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simplon-compare-")))
        self.certify("first")
        self.port = free_port()
        values = {"@PORT@": str(self.port), "@BACKEND@": str(backend_port), "@DIRECTORY@": str(self.folder)}
        self.config = self.folder / template.name
        self.config.write_text(re.sub("@[A-Z]+@", lambda found: values[found.group()], template.read_text()))
        child = Child(command(self.config), cwd=self.folder)
        stack.callback(child.close)
        self.process = child.process
        wait_until(lambda: is_open(self.port) or self.process.poll() is not None, f"{template.name} to be served")
        if self.process.poll() is not None:
            raise SystemExit(f"it has ended: {child}")

    def certify(self, label):
        """Another certificate, each file replaced at once as ACME clients do it."""
        made = make_self_signed(self.folder, ["localhost"], label)
        chain, key = made.chain.read_text(), made.key.read_text()
        for name, text in (("chain.pem", chain), ("key.pem", key), ("both.pem", chain + key)):
            (self.folder / "fresh").write_text(text)
            (self.folder / "fresh").replace(self.folder / name)


def version_of(command):
    """The first number with a point that a command says."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"\d+\.\d+[.\d]*", done.stdout + done.stderr)
    return found.group() if found else ""
