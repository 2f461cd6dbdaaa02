"""Ends that negotiate by the library's adapters, against other people's clients and servers, a row for each of these.

A row is a test: what each of our ends and its peer make of each case must be what is expected. `measured` keeps it, for
docs/interop.md.
"""

import json
import tempfile
import unittest
from pathlib import Path

from alpn_servers import AlpnServers
from certificates import Authority
from gateway import program
from processes import Child, run

_BUILT = Path(program()).resolve().parents[2] / "tests/unit/adapters"

# Each adapter's TLS library: its program, and the versions of TLS that Debian's package has.
LIBRARIES = {
    "OpenSSL": ("openssl", ("1.3", "1.2")),
    "GnuTLS": ("gnutls", ("1.3", "1.2")),
    "Mbed TLS": ("mbedtls", ("1.2",)),
}
ENDS = [(library, tls) for library, (_, versions) in LIBRARIES.items() for tls in versions]

OFFER = ["h2", "http/1.1"]
NOTHING = "no protocol"
REFUSED = "refused at set-up"
UNOFFERED = "a protocol that was not offered, which our client refuses"

# Of other people's clients: the names of our server, what it does about a mismatch, the offer, and what comes of it. In
# the first case the order tells whose list it went by.
CLIENT_CASES = {
    "a protocol in common": (["http/1.1", "h2"], "reject", OFFER, "http/1.1"),
    "none in common, reject": (["imap"], "reject", OFFER, "alert 120"),
    "none in common, ignore": (["imap"], "ignore", OFFER, NOTHING),
    "no ALPN in the hello": (["h2"], "reject", None, NOTHING),
}
# Of other people's servers, which have h2 and http/1.1 in this order: our client's offer.
SERVER_CASES = {
    "a protocol in common": ["http/1.1", "h2"],
    "none in common": ["imap"],
    "no ALPN in the hello": None,
}

# "clients" or "servers" -> the peer's name -> case -> (library, TLS version) -> what both ends say.
measured = {"clients": {}, "servers": {}}


def _program(library):
    return _BUILT / f"interop_{LIBRARIES[library][0]}"


def _listed(names):
    return ",".join(names) if names else "-"


class OurServer(Child):
    """`port` is None where the adapter refuses what it is to do."""

    def __init__(self, library, tls, names, mismatch, pem):
        super().__init__([_program(library), "server", tls, _listed(names), mismatch, pem])
        self.port = json.loads(self.stdout.wait_for(lambda lines: lines and lines[0])).get("port")

    def saw(self):
        """What came of all connections, as soon as anything did."""
        return self.stdout.wait_for(lambda lines: {_outcome(each) for each in map(json.loads, lines[1:]) if _is_over(each)})


def connect(library, tls, offer, port):
    """What our client sees."""
    return json.loads(run([_program(library), "client", tls, _listed(offer), port], check=True).stdout)


def _is_over(told):
    # Browsers open connections ahead of need, and may give them up before they have said all.
    return told["done"] or told["alert_sent"] or told["alert_received"]


def _outcome(told):
    if told["done"]:
        return told["selected"] or NOTHING
    alert = told["alert_sent"] or told["alert_received"]
    return f"alert {alert}" if alert else "no handshake"


def _client_outcome(told):
    if told["alert_received"] or told["done"] and not told["wrong"]:
        return _outcome(told)
    # It may be encrypted.
    return UNOFFERED if told["alert_sent"] or told["wrong"] else "no handshake"


class InteropTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="simplon-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        # Some of the servers change their user before they read their files.
        self.folder.chmod(0o755)
        self.authority = Authority(self.folder)
        self.certificate = self.authority.issue(["localhost", "127.0.0.1"])
        self.pem = self.folder / "server.pem"
        self.pem.write_text(self.certificate.chain.read_text() + self.certificate.key.read_text())

    def expect_client(self, name, connect_to, *, always_offers=False, versions=("1.3", "1.2")):
        """`connect_to(port, offer, tls)` is what a client saw, as `clients.Seen`; it may leave `tls` out."""
        ends = [(library, tls) for library, tls in ENDS if tls in versions]
        row = measured["clients"].setdefault(name, {})
        for case, (names, mismatch, offer, expected) in CLIENT_CASES.items():
            if offer is None and always_offers:
                continue
            cells = row.setdefault(case, {})
            for library, tls in ends:
                with self.subTest(case=case, library=library, tls=tls):
                    cells[library, tls] = self._ask_client(connect_to, library, tls, (names, mismatch, offer))
                    # Mbed TLS has no other answer to a mismatch.
                    refused = library == "Mbed TLS" and mismatch == "ignore"
                    self.assertEqual(cells[library, tls], REFUSED if refused else expected)

    def _ask_client(self, connect_to, library, tls, case):
        names, mismatch, offer = case
        server = OurServer(library, tls, names, mismatch, self.pem)
        try:
            if server.port is None:
                return REFUSED
            seen = connect_to(server.port, offer, tls)
            said = server.saw()
        finally:
            server.close()
        self.assertIn(seen.tls, (None, tls))
        heard = f"alert {seen.alert}" if seen.alert else seen.selected or NOTHING
        return " / ".join(sorted(said | {heard}))

    def expect_server(self, name, agreed, disjoint, command=None):
        """A server as `AlpnServers` starts it: what it selects of ["http/1.1", "h2"], and what it does about ["imap"]."""
        row = measured["servers"].setdefault(name, {})
        server, port = AlpnServers(self.folder, self.certificate).start(name, command)
        self.addCleanup(server.close)
        for (case, offer), expected in zip(SERVER_CASES.items(), (agreed, disjoint, NOTHING)):
            cells = row.setdefault(case, {})
            for library, tls in ENDS:
                with self.subTest(case=case, library=library, tls=tls):
                    cells[library, tls] = _client_outcome(connect(library, tls, offer, port))
                    self.assertEqual(cells[library, tls], expected)
