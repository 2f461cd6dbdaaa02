"""Does eight jobs with four programs and tells what came of it, as the tables of docs/comparison.md. See run."""

import argparse
import contextlib
import tempfile
from pathlib import Path

from gateway import ROOT
from rows import IMPOSSIBLE, JOBS
from servers import Surroundings, count_lines, files, running

DOCUMENT = ROOT / "docs/comparison.md"
_BEGIN, _END = "<!-- made by bench/compare/jobs/run -->", "<!-- end of what bench/compare/jobs/run made -->"
NAMES = {"simplon": "Simplon", "nginx": "nginx", "haproxy": "HAProxy", "sslh": "sslh"}


@contextlib.contextmanager
def surroundings():
    with tempfile.TemporaryDirectory(prefix="simplon-jobs-") as folder, contextlib.ExitStack() as stack:
        Path(folder).chmod(0o755)  # for programs that give up root
        yield Surroundings(folder, stack)


def do(job, name, around):
    """A cell of the table, and the list of what could not be done."""
    if (name, job) in IMPOSSIBLE:
        if files(job, name):
            raise AssertionError(f"{job}: there is a configuration for {name}, which is said to be impossible")
        return "no", [IMPOSSIBLE[name, job]]
    rows = JOBS[job][1]
    missing, hops = [], set()
    for instead in _unique(row.instead for row in rows):
        with running(job, name, around, instead) as port:
            for number, row in enumerate(rows, 1):
                if row.instead == instead:
                    missing += _ask(row, number, port, around, hops)
    lines = count_lines(job, name)
    crossed = "–".join(map(str, sorted(hops)))
    cell = f"{lines} lines, {crossed} {'hop' if crossed == '1' else 'hops'}"
    return (f"partly: {cell}" if missing else cell), missing


def _unique(values):
    found = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _ask(row, number, port, around, hops):
    """What was seen instead of what is demanded, in as many lines as there are answers."""
    wrong = {}
    for tls in ("1.3", "1.2"):
        # sslh loses a connection now and then, and any program may be slow on a busy machine.
        for _ in range(3):
            differing = _ask_once(row, port, tls, around, hops)
            if not differing:
                break
        else:
            wrong.setdefault(_say(differing), []).append(tls)
    return [
        f"{number}: {what}" + (f" (TLS {versions[0]} only)" if len(versions) == 1 else "")
        for what, versions in wrong.items()
    ]


def _ask_once(row, port, tls, around, hops):
    around.idle()
    around.reached.clear()
    seen = row.ask(port, tls, around)
    for name, certificate in around.certificates.items():
        if seen.get("certificate") == certificate.fingerprint:
            seen["certificate"] = name
    if around.reached:
        seen["at"] = around.reached[0]
    hops |= {seen["hops"]} if "hops" in seen else set()
    return {key: seen.get(key) for key, value in row.expected.items() if seen.get(key) != value}


_WORDS = {
    "alert": ("alert {}", "no alert before the handshake"),
    "at": ("{} is reached", "no server is reached"),
    "certificate": ("the certificate is {}", "no certificate"),
    "selected": ("{} selected", "no handshake"),
    "backend's": ("the backend selects {}", "no backend"),
    "told": ("told {}", "no name told"),
    "client": ("client {}", "no address told"),
    "scheme": ("scheme {}", "no scheme told"),
    "host": ("host {}", "no host told"),
    "asked": ("asked for a certificate", "asked"),
}


def _say(differing):
    return ", ".join(
        _WORDS[key][value is None].format(f"`{value}`" if isinstance(value, str) else value)
        for key, value in differing.items()
    )


def tell(results):
    """The table and what it rests on, as lines. `results` is (program, job) -> (cell, what could not be done)."""
    lines = ["| job | " + " | ".join(NAMES.values()) + " |", "|---|" + "---|" * len(NAMES)]
    lines += [f"| [{job}](#{job}) | " + " | ".join(results[name, job][0] for name in NAMES) + " |" for job in JOBS]
    for job in JOBS:
        lines += ["", *tell_job(job)]
        for name in NAMES:
            lines += tell_missing(job, name, results[name, job][1])
    return lines


def tell_job(job):
    """What a job demands, and where its configurations are."""
    what, rows = JOBS[job]
    links = [
        f"[{path.name}](../{path.relative_to(ROOT)})" for name in NAMES for path in files(job, name)
    ]
    demands = [f"{number}. {row.demand}" for number, row in enumerate(rows, 1)]
    return [f"### {job}", "", f"{what}. Configurations: {', '.join(links)}.", "", *demands]


def tell_missing(job, name, missing):
    """What a program can't do, as lines."""
    if not missing:
        return []
    if (name, job) in IMPOSSIBLE:
        return ["", f"**{NAMES[name]}**: {missing[0]}."]
    return ["", f"**{NAMES[name]}** fails:", "", *(f"- {each}" for each in missing)]


def main():
    parser = argparse.ArgumentParser(prog="bench/compare/jobs/run")
    parser.add_argument("--programs", default=",".join(NAMES), help="some only: print, write nothing")
    parser.add_argument("--jobs", default=",".join(JOBS), help="likewise")
    options = parser.parse_args()
    names, jobs = options.programs.split(","), options.jobs.split(",")
    results = {}
    with surroundings() as around:
        for job in jobs:
            for name in names:
                results[name, job] = cell, missing = do(job, name, around)
                print(f"{job}, {name}: {cell}", *missing, sep="\n  ", flush=True)
    if len(results) < len(NAMES) * len(JOBS):
        return
    text = DOCUMENT.read_text()
    before, after = text.split(_BEGIN)[0], text.split(_END)[1]
    DOCUMENT.write_text(before + "\n".join([_BEGIN, *tell(results), "", _END]) + after)


if __name__ == "__main__":
    main()
