"""Draws what bench/results has as bars, for the README: docs/images/figures-*.svg. See bench/compare/run."""

import html
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench/results"
IMAGES = ROOT / "docs/images"

BAR, GAP, LABEL, WIDTH, FIGURES = 16, 5, 92, 760, 64
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.simplon { fill: #0969da }
.peer { fill: #afb8c1 }
.floor { fill: #d8dee4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .simplon { fill: #4493f8 }
  .peer { fill: #57606a }
  .floor { fill: #373e47 }
}
"""
NAMES = {"simplon": "Simplon", "haproxy": "HAProxy"}


def rows_of(name, key, figure, wanted):
    """The figures of each wanted row of a results file: its title, and the servers' in their order; who dropped connections "fails"."""
    rows = json.loads((RESULTS / f"{name}.json").read_text())["rows"]

    def name(each):
        return each["server"] + (", fails" if each.get("errors") else "")

    return [(title, [(name(each), each[figure]) for each in rows if each[key] == row]) for row, title in wanted.items()]


def per_request(groups):
    """Microseconds of CPU time instead of requests per second of it."""
    return [(title, [(server, 1e6 / figure) for server, figure in bars]) for title, bars in groups]


def draw(groups, unit):
    parts, top = [], 0
    for title, bars in groups:
        known = [(server, figure) for server, figure in bars if figure]
        most = max(figure for _, figure in known)
        parts.append(f'<text class="title" x="0" y="{top + 14}">{html.escape(title)}, {html.escape(unit)}</text>')
        top += 24
        for server, figure in known:
            kind = server if server in ("simplon", "floor") else "peer"
            length = round((WIDTH - LABEL - FIGURES) * figure / most)
            shown = f"{figure:,.0f}" if most >= 100 else f"{figure:.1f}"
            parts.append(f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{NAMES.get(server, server)}</text>')
            parts.append(f'<rect class="{kind}" x="{LABEL}" y="{top}" width="{length}" height="{BAR}" rx="2"/>')
            parts.append(f'<text x="{LABEL + length + 6}" y="{top + 13}">{shown}</text>')
            top += BAR + GAP
        top += 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}" role="img">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>", ""])


def main():
    charts = {
        "connections": (
            rows_of("pass-through", "load", "median", {"short": "A connection passed through"})
            + rows_of("tls", "row", "median", {"full": "A TLS 1.3 handshake and relay", "resumed": "The same, resumed"}),
            "CPU microseconds (less is better)",
        ),
        "bytes": (
            rows_of("pass-through", "load", "median", {"download": "Passed through, download"})
            + rows_of("tls", "row", "median", {"download": "TLS ended, download", "upload": "TLS ended, upload"}),
            "MB per CPU second (more is better)",
        ),
        "http": (
            per_request(rows_of("http", "load", "requests_per_cpu_second",
                                {"h2-1k": "A request over h2, 1 KB", "http1-1k": "A request over http/1.1, 1 KB"})),
            "CPU microseconds (less is better)",
        ),
        "memory": (
            [
                (title, [(server, size and size / 1024) for server, size in bars])
                for title, bars in rows_of("idle", "row", "bytes", {"pass": "Passed through, idle", "tls": "TLS ended, idle"})
            ],
            "KB per connection (less is better)",
        ),
    }
    for name, (groups, unit) in charts.items():
        (IMAGES / f"figures-{name}.svg").write_text(draw(groups, unit))
        print(f"docs/images/figures-{name}.svg")


if __name__ == "__main__":
    main()
