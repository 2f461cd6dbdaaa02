"""A running `simplon serve`, its log, and the other commands of the program.

The program is $SIMPLON, which ctest sets.
"""

import json
import os
import signal
import tempfile
import unittest
from pathlib import Path

from processes import PATIENCE, Child, run

ROOT = Path(__file__).resolve().parents[3]


def program():
    return os.environ["SIMPLON"]


def simplon(*arguments):
    """Runs another command of the program to its end."""
    return run([program(), *arguments])


class Gateway:
    """`simplon serve` with these arguments, from its first listener on to its end.

    `launcher` is a command that becomes the one behind it; `child` is how to start it, as `Child` takes it.
    """

    def __init__(self, *arguments, listeners=1, launcher=(), **child):
        self.child = Child([*launcher, program(), "serve", *arguments], **child)
        try:
            notes = self.child.stderr.wait_for(lambda lines: _first(_events(lines, "listening"), listeners))
        except AssertionError as failure:
            self.child.close()
            raise AssertionError(f"the gateway did not start listening\n{self.child}") from failure
        self.addresses = [_split_address(note["message"]) for note in notes]
        self.host, self.port = self.addresses[0]

    @property
    def url(self):
        return f"https://localhost:{self.port}/"

    @property
    def admin(self):
        """The address of the admin server."""
        return self.child.stderr.wait_for(lambda lines: _first(_events(lines, "admin_listening"), 1))[0]["message"]

    def connections(self):
        """The log's connections so far, oldest first."""
        return _events(self.child.stderr.all(), "connection")

    def wait_for_connections(self, count, *, timeout=PATIENCE):
        """The first `count` connections of the log. A connection is logged when it has ended."""
        return self.child.stderr.wait_for(lambda lines: _first(_events(lines, "connection"), count), timeout=timeout)

    def wait_for_connection(self, *, timeout=PATIENCE, **facts):
        """The first connection in the log of which all these facts hold."""

        def find(lines):
            return _first_with(_events(lines, "connection"), facts)

        return self.child.stderr.wait_for(find, timeout=timeout)

    def requests(self):
        """The log's HTTP requests so far, in the order in which they ended."""
        return _events(self.child.stderr.all(), "request")

    def wait_for_requests(self, count, *, timeout=PATIENCE):
        """The first `count` requests of the log. A request is logged when it has ended."""
        return self.child.stderr.wait_for(lambda lines: _first(_events(lines, "request"), count), timeout=timeout)

    def wait_for_request(self, *, timeout=PATIENCE, **facts):
        """The first request in the log of which all these facts hold."""

        def find(lines):
            return _first_with(_events(lines, "request"), facts)

        return self.child.stderr.wait_for(find, timeout=timeout)

    def after_request(self, act, **facts):
        """Runs `act` and returns its result and the log line of the one request that it made, given these facts."""
        before = len(self.requests())
        result = act()
        return result, self.child.stderr.wait_for(
            lambda lines: _first_with(_events(lines, "request")[before:], facts)
        )

    def after(self, act):
        """Runs `act` and returns its result and the log line of the one connection that it made."""
        before = len(self.connections())
        result = act()
        return result, self.wait_for_connections(before + 1)[before]

    def stop(self, number=signal.SIGTERM):
        """Ends it as an operator would; its exit status. Sanitizers report through that, too."""
        self.child.signal(number)
        return self.child.wait()

    def close(self):
        self.child.close()


def _first(found, count):
    return found[:count] if len(found) >= count else None


def _first_with(found, facts):
    return next((line for line in found if all(line[name] == value for name, value in facts.items())), None)


def _events(lines, event):
    found = []
    for line in lines:
        if line.startswith("{"):
            entry = json.loads(line)
            if entry["event"] == event:
                found.append(entry)
    return found


def _split_address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class GatewayTest(unittest.TestCase):
    """A test with a folder of its own and gateways that must end well."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="simplon-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def serve(self, configuration, **how):
        """Starts a gateway with this configuration."""
        path = self.folder / "simplon.toml"
        path.write_text(configuration)
        return self.start("-c", path, **how)

    def serve_page(self, certificate, *matches):
        """Starts a gateway with the inspector page: for what it takes by default, or a route for each `alpn` given."""
        routes = "".join(f"[[route]]\n{match}\ninspect = true\n" for match in matches or ("",))
        return self.serve(
            f"""
[[listen]]
name = "public"
address = "127.0.0.1:0"
[[certificate]]
chain = "{certificate.chain}"
key = "{certificate.key}"
{routes}"""
        )

    def start(self, *arguments, **how):
        gateway = Gateway(*arguments, **how)
        self.addCleanup(self._end, gateway)
        return gateway

    def closing(self, thing):
        """Closes it when the test ends."""
        self.addCleanup(thing.close)
        return thing

    def assertFacts(self, line, **facts):
        """The log line says this, whatever else it says."""
        self.assertEqual({name: line[name] for name in facts}, facts, line)

    def _end(self, gateway):
        try:
            if gateway.child.process.poll() is None:
                self.assertEqual(gateway.stop(), 0, str(gateway.child))
        finally:
            gateway.close()
            # For whoever reads a failure; ctest shows it only then.
            print(gateway.child)
