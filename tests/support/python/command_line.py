"""The command line as `simplon --help` tells it."""

import re

from gateway import simplon


def commands():
    """The names of all commands."""
    text = simplon("--help").stdout
    listed = text[text.index("Subcommands:") :]
    return re.findall(r"^  ([a-z]+) ", listed, re.M)


def flags(*command):
    """The flags of a command, or of the program itself."""
    text = simplon(*command, "--help").stdout
    found = set()
    for line in re.findall(r"^  (-\S+)", text, re.M):
        found.update(name for name in line.split(",") if name.startswith("-"))
    return found
