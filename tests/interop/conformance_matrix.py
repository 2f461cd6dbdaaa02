"""`simplon conform` against every server and client that Debian has, as the tables of docs/conformance.md.

conformance_matrix.py [--client] [NAME...]: without names it writes the tables, of servers or of clients.
"""

import datetime
import json
import sys
import tempfile
from pathlib import Path

import alpn_clients
import alpn_servers
from alpn_clients import AlpnClients
from alpn_servers import AlpnServers
from certificates import make_self_signed
from gateway import ROOT, program
from processes import run

_DOCUMENT = ROOT / "docs/conformance.md"
_END = "<!-- end of what script/conformance made -->"
_BEGIN = {False: "<!-- made by script/conformance -->", True: "<!-- made by script/conformance --client -->"}
_MARKS = {("must", "failed"): "**✗**", ("should", "failed"): "(✗)", ("must", "passed"): "✓", ("should", "passed"): "✓"}


def ask(name):
    """The report on one server; None where it selects no protocol at all."""
    with tempfile.TemporaryDirectory(prefix="simplon-conformance-") as folder:
        Path(folder).chmod(0o755)
        server, port = AlpnServers(folder, make_self_signed(folder, ["localhost"])).start(name)
        try:
            done = run([program(), "conform", f"localhost:{port}", "--json", "--timeout", "3"], timeout=300)
        finally:
            server.close()
        if "selects none of the registered protocols" in done.stderr:
            return None
        if done.returncode not in (0, 1):
            raise SystemExit(f"{name}: {done.stderr}")
        return json.loads(done.stdout)


def ask_client(name):
    """The report on one client."""
    with tempfile.TemporaryDirectory(prefix="simplon-conformance-") as folder:
        clients = AlpnClients(folder)
        given = ["--cert", clients.certificate.chain, "--key", clients.certificate.key]
        # Some take seconds to start.
        options = ["--json", "--timeout", "30", *given]
        done = run([program(), "conform", "--client", *options, "--", *clients.command(name)], timeout=1800)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{name}: {done.stderr}")
        return json.loads(done.stdout)


def table(reports, versions):
    """A row for each case; in a cell TLS 1.3, then TLS 1.2."""
    lines = ["| case | section | " + " | ".join(f"{name} {versions[name]()}" for name in reports) + " |"]
    lines.append("|---|---|" + ":---:|" * len(reports))
    cells = {
        (name, case["id"], case["tls"]): _MARKS.get((case["demand"], case["result"]), "–")
        for name, report in reports.items()
        for case in report["cases"]
    }
    for case in dict.fromkeys((case["id"], case["section"]) for case in next(iter(reports.values()))["cases"]):
        row = [" ".join(cells.get((name, case[0], tls), "–") for tls in ("1.3", "1.2")) for name in reports]
        lines.append(f"| {case[0]} | {case[1]} | " + " | ".join(row) + " |")
    return lines


def failures(reports):
    """What was seen where a case failed; once where both versions agree."""
    lines = []
    for name, report in reports.items():
        seen = {}
        for case in report["cases"]:
            if case["result"] == "failed":
                seen.setdefault((case["id"], case["demand"], case["seen"]), []).append(case["tls"])
        lines.append(f"\n**{name}**:" + (" nothing fails" if not seen else ""))
        for (case, demand, what), versions in seen.items():
            notes = ["recommended"] if demand == "should" else []
            notes += [f"TLS {versions[0]}"] if len(versions) == 1 else []
            lines.append(f"- {case}" + (f" ({', '.join(notes)})" if notes else "") + f": {what}")
    return lines


def main(arguments):
    of_clients = "--client" in arguments
    names = [name for name in arguments if name != "--client"]
    versions = alpn_clients.VERSIONS if of_clients else alpn_servers.VERSIONS
    asked = {name: ask_client(name) if of_clients else ask(name) for name in names or versions}
    reports = {name: report for name, report in asked.items() if report}
    silent = [f"{name} {versions[name]()}" for name, report in asked.items() if not report]
    made = [f"Made on {datetime.date.today()}.", ""]
    made += [*(table(reports, versions) if reports else []), *failures(reports)]
    if silent:
        made += ["", f"Left out of the table, because no offer is ever answered: {', '.join(silent)}."]
    if names:
        print("\n".join(made))
        return
    before, after = _DOCUMENT.read_text().split(_BEGIN[of_clients])
    after = after.split(_END, 1)[1]
    _DOCUMENT.write_text(before + "\n".join([_BEGIN[of_clients], *made, "", _END]) + after)


if __name__ == "__main__":
    main(sys.argv[1:])
