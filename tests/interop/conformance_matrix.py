"""`simplon conform` against every server that Debian has, as the tables of docs/conformance.md."""

import datetime
import json
import sys
import tempfile
from pathlib import Path

from alpn_servers import VERSIONS, AlpnServers
from certificates import make_self_signed
from gateway import ROOT, program
from processes import run

_DOCUMENT = ROOT / "docs/conformance.md"
_BEGIN, _END = "<!-- made by script/conformance -->", "<!-- end of what script/conformance made -->"
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


def table(reports):
    """A row for each case; in a cell TLS 1.3, then TLS 1.2."""
    lines = ["| case | section | " + " | ".join(f"{name} {VERSIONS[name]()}" for name in reports) + " |"]
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


def main(names):
    asked = {name: ask(name) for name in names or VERSIONS}
    reports = {name: report for name, report in asked.items() if report}
    silent = [f"{name} {VERSIONS[name]()}" for name, report in asked.items() if not report]
    made = [f"Made on {datetime.date.today()}.", "", *(table(reports) if reports else []), *failures(reports)]
    if silent:
        made += ["", f"Left out of the table, because no offer is ever answered: {', '.join(silent)}."]
    if names:
        print("\n".join(made))
        return
    text = _DOCUMENT.read_text()
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    _DOCUMENT.write_text(before + "\n".join([_BEGIN, *made, "", _END]) + after)


if __name__ == "__main__":
    main(sys.argv[1:])
