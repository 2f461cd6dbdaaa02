"""Runs library_test.py and library_slow_test.py, and makes the tables of docs/interop.md of what they measured."""

import datetime
import sys
import unittest

import alpn_clients
import alpn_servers
import library_slow_test
import library_test
from alpn_servers import first_version
from gateway import ROOT
from interop import CLIENT_CASES, LIBRARIES, NOTHING, REFUSED, SERVER_CASES, measured

_DOCUMENT = ROOT / "docs/interop.md"
_BEGIN, _END = "<!-- made by script/interop -->", "<!-- end of what script/interop made -->"


def _package(name):
    return lambda: first_version(["dpkg-query", "-W", "-f=${Version}", name])


_VERSIONS = {
    **alpn_clients.VERSIONS,
    **alpn_servers.VERSIONS,
    "selfserv": _package("libnss3-tools"),
    "rustls": _package("librust-rustls-dev"),
    "botan": _package("botan"),
    "OpenSSL": _package("libssl-dev"),
    "GnuTLS": _package("libgnutls28-dev"),
    "Mbed TLS": _package("libmbedtls-dev"),
}

# Whose TLS it is, where the name does not say so.
_LIBRARIES = {
    "curl (OpenSSL)": "OpenSSL",
    "curl (GnuTLS)": "GnuTLS",
    "python": "OpenSSL",
    "node": "OpenSSL",
    "go": "crypto/tls",
    "java": "JSSE",
    "chromium": "BoringSSL",
    "firefox": "NSS",
    "caddy": "crypto/tls",
    "selfserv": "NSS",
    **dict.fromkeys(("nginx", "haproxy", "apache", "lighttpd", "h2o", "hitch", "stunnel", "nghttpx"), "OpenSSL"),
}
_WORDS = {NOTHING: "goes on without", "h2": "`h2`", "http/1.1": "`http/1.1`"}


def _ends(ends):
    """These ends, in words; a library with all of its versions by its name alone."""
    words = []
    for library, (_, versions) in LIBRARIES.items():
        tls = [version for version in versions if (library, version) in ends]
        if tls:
            words.append(library if len(tls) == len(versions) else f"{library} with TLS {tls[0]}")
    return ", ".join(words)


def _cell(outcomes):
    """What most ends saw, then who saw anything else."""
    seen = {}
    for end, outcome in (outcomes or {}).items():
        seen.setdefault(outcome, set()).add(end)
    if not seen:
        return "–"
    first, *others = sorted(seen, key=lambda outcome: -len(seen[outcome]))
    words = [_WORDS.get(first, first), *(f"{_ends(seen[other])}: {_WORDS.get(other, other)}" for other in others)]
    return "; ".join(words)


def _table(kind, cases):
    lines = ["| " + " | ".join([kind.removesuffix("s"), "library", "TLS", *cases]) + " |", "|---" * (len(cases) + 3) + "|"]
    for name, row in sorted(measured[kind].items(), key=lambda item: item[0].lower()):
        versions = {tls for outcomes in row.values() for _, tls in outcomes}
        cells = [f"{name} {_VERSIONS[name]()}", _LIBRARIES.get(name, "its own"), ", ".join(sorted(versions))]
        lines.append("| " + " | ".join(cells + [_cell(row.get(case)) for case in cases]) + " |")
    return lines


def main():
    load = unittest.defaultTestLoader.loadTestsFromModule
    suite = unittest.TestSuite([load(library_test), load(library_slow_test)])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    cells = [outcomes for rows in measured.values() for row in rows.values() for outcomes in row.values()]
    connections = sum(outcome != REFUSED for outcomes in cells for outcome in outcomes.values())
    wrong = len(result.failures) + len(result.errors)
    print(f"{result.testsRun} tests, {connections} connections, {wrong} not as expected")
    if not result.wasSuccessful():
        return 1
    versions = ", ".join(f"{library} {_VERSIONS[library]()}" for library in LIBRARIES)
    made = [_BEGIN, f"Made on {datetime.date.today()}, {connections} connections; ours: {versions}.", ""]
    made += ["### Their clients, our servers", "", *_table("clients", CLIENT_CASES), ""]
    made += ["### Their servers, our clients", "", *_table("servers", SERVER_CASES), ""]
    before, after = _DOCUMENT.read_text().split(_BEGIN)
    _DOCUMENT.write_text(before + "\n".join([*made, _END]) + after.split(_END, 1)[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
