"""Completion for bash, asked as bash asks it, and held against `simplon --help`."""

import unittest

from command_line import commands, flags
from gateway import ROOT, GatewayTest
from processes import run

SCRIPT = ROOT / "packaging" / "completions" / "simplon.bash"
ASK = """
source "$1"; shift
compopt() { :; }  # there is no completion under way
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_simplon
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


class BashCompletion(GatewayTest):
    def complete(self, *words):
        done = run(["bash", "--norc", "-c", ASK, "bash", SCRIPT, "simplon", *words], check=True)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split("\n")) - {""}

    def test_knows_every_command(self):
        self.assertGreaterEqual(len(commands()), 8)
        self.assertEqual(self.complete(""), set(commands()) | {"--help", "--version"})
        self.assertEqual(self.complete("pro"), {"probe"})

    def test_knows_every_flag(self):
        for command in commands():
            wanted = {flag for flag in flags(command) if flag.startswith("--")}
            self.assertEqual(self.complete(command, "-"), wanted, command)

    def test_knows_values(self):
        self.assertEqual(self.complete("explain", "--tls", ""), {"1.2", "1.3"})
        self.assertEqual(self.complete("probe", "--fail-on", ""), {"note", "warning", "error"})
        self.assertEqual(self.complete("probe", "--rate", ""), set())

    def test_completes_files(self):
        (self.folder / "one.toml").touch()
        (self.folder / "two words.toml").touch()
        begun = f"{self.folder}/"
        files = {f"{begun}one.toml", f"{begun}two words.toml"}
        for words in (("check", "-c"), ("serve", "--config"), ("decode",), ("report", "--json")):
            self.assertEqual(self.complete(*words, begun), files, words)


if __name__ == "__main__":
    unittest.main()
