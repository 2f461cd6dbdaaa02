"""Ports for programs that can't be given a socket."""

import socket


def free_port(kind=socket.SOCK_STREAM):
    """A port of the kernel's choice, free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
