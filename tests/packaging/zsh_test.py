"""Completion for zsh, held against `simplon --help`."""

import unittest

from command_line import commands, flags
from gateway import ROOT
from processes import run

SCRIPT = ROOT / "packaging" / "completions" / "_simplon"
# Stands in for zsh's own functions, and prints what they are told; the words before the cursor come first.
ASK = """
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "${(@P)4}" }
words=("${@[2,-1]}"); CURRENT=$(( ${#words} ))
source "$1"
"""


class ZshCompletion(unittest.TestCase):
    def complete(self, *words):
        done = run(["zsh", "-f", "-c", ASK, "zsh", SCRIPT, "simplon", *words], check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def flags_of(self, *words):
        """Each line is `(those it excludes)--flag[what it means]:what it takes`."""
        told = (line.partition("[")[0].rpartition(")")[2] for line in self.complete(*words))
        return {flag for flag in told if flag.startswith("-")}

    def test_knows_every_command(self):
        told = self.complete("")
        self.assertEqual([line.partition(":")[0] for line in told if not line.startswith("-")], commands())

    def test_knows_every_flag(self):
        for command in commands():
            self.assertEqual(self.flags_of(command, ""), flags(command), command)


if __name__ == "__main__":
    unittest.main()
