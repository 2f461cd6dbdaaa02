"""Runs a command under the filters of a systemd unit, where no systemd runs to do so.

As a program, the launcher: sandbox.py UNIT COMMAND...
"""

import errno
import mmap
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import seccomp


def service_settings(unit):
    """(name, value) of [Service], in order."""
    section, found = None, []
    for line in Path(unit).read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found.append((name.strip(), value.strip()))
    return found


def _members(name):
    """The system calls of a set such as @network-io, sets in it included."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True
    ).stdout
    found = set()
    for word in re.findall(r"^ +(@?[a-z0-9_-]+)$", listed, re.M):
        found |= _members(word) if word.startswith("@") else {word}
    return found


def allowed_calls(settings):
    """What SystemCallFilter= lets through, @default included as in systemd."""
    allowed = _members("@default")
    for name, value in settings:
        if name == "SystemCallFilter":
            forbids = value.startswith("~")
            for word in value.lstrip("~").split():
                calls = _members(word) if word.startswith("@") else {word}
                allowed = allowed - calls if forbids else allowed | calls
    return allowed


def confine(settings):
    """Puts this process, and what it becomes, under the unit's seccomp filters."""
    values = dict(settings)
    confined = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
    for name in sorted(allowed_calls(settings) - {"socket", "mmap", "mprotect"}):
        try:
            number = seccomp.resolve_syscall(seccomp.Arch(), name)
        except (RuntimeError, ValueError):
            continue
        if number >= 0:  # of this machine
            confined.add_rule(seccomp.ALLOW, name)
    for family in values["RestrictAddressFamilies"].split():
        confined.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, getattr(socket, family)))
    # MemoryDenyWriteExecute=: nothing is writable and executable, and nothing becomes executable.
    confined.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, mmap.PROT_EXEC, 0))
    confined.add_rule(seccomp.ALLOW, "mmap", seccomp.Arg(2, seccomp.MASKED_EQ, mmap.PROT_WRITE, 0))
    confined.add_rule(seccomp.ALLOW, "mprotect", seccomp.Arg(2, seccomp.MASKED_EQ, mmap.PROT_EXEC, 0))
    confined.load()


if __name__ == "__main__":
    confine(service_settings(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
