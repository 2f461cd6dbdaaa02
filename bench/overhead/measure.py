"""What the adapters and the reader cost beside code written by hand, and how large a program is that only parses.

Instructions are those of the whole process, libraries too, by callgrind: an operation is done N times, then 3 N times,
each in a process of its own, and the difference is of the operations alone. Both processes have the same random numbers
and the same time (repeatable.cpp), so that little but what their code does differs between two ways.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/instructions"))

from count import callgrind, certify  # noqa: E402

RESULTS = ROOT / "bench/results/overhead.json"
ADAPTERS, LIBRARY = ROOT / "docs/adapters.md", ROOT / "docs/library.md"
COMMAND = "bench/overhead/run"
HEADING = "## What it costs\n"

# By name of the operation: what it is, and what it does not check.
READING = {
    "read-with-simplon": ("`read_client_hello`, `Policy::select`", "what the extensions mean that it has no use for"),
    "read-by-hand": ("a loop over the record, by hand", "a hello in more than one record, or of which a part is still to come: no "
                     "hello to it; the lengths of the record and of the message; extensions that stand twice; the list's form; the "
                     "server name"),
    "read-with-openssl": ("OpenSSL's ClientHello callback: `SSL_new`, `SSL_accept` until `SSL_client_hello_get0_ext` and a loop over "
                          "the names, `SSL_free`", "the list's form; the server name"),
    "read-in-openssls-callback": ("of these, what stands in the callback", "the same"),
}
DECIDING = {
    "decide-with-simplon": ("`Offer::from_names`, `Policy::select`", "nothing is left"),
    "decide-by-hand": ("a loop over the names, by hand", "the list's form"),
    "decide-with-openssl": ("`SSL_select_next_proto`", "a malformed list is one without a common name to it; and then it hands over "
                            "the client's first name, as if it had been selected"),
}
HANDSHAKES = {"openssl-1.3": "OpenSSL, TLS 1.3", "openssl-1.2": "OpenSSL, TLS 1.2",
              "gnutls-1.3": "GnuTLS, TLS 1.3", "gnutls-1.2": "GnuTLS, TLS 1.2"}
WAYS = ("none", "by-hand", "server", "client")
PARSERS = ("-O2", "-Os", "-O2 -m32")


def instructions(program, operation, few, folder):
    """For each of the operations."""

    def total(times):
        profile = folder / f"{operation}-{times}"
        command = [*callgrind(profile), program, operation, str(times), folder / "chain.pem", folder / "key.pem"]
        subprocess.run(command, check=True, capture_output=True)
        return int(re.search(r"^totals: (\d+)$", profile.read_text(), re.M)[1])

    return round((total(3 * few) - total(few)) / (2 * few))


def count_handshakes(program, library, ways, few, folder):
    return {way: instructions(program, f"{library}-{way}", few, folder) for way in ways}


def times(program):
    """CPU time in nanoseconds of each reading operation: the least of several, for the machine has other things to do."""
    command = [program, "--benchmark_format=json", "--benchmark_repetitions=9", "--benchmark_min_time=0.2"]
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    least = {}
    for run in said["benchmarks"]:
        if run["run_type"] == "iteration":
            name = run["run_name"].partition("/")[0]
            least[name] = min(least.get(name, run["cpu_time"]), run["cpu_time"])
    return {name: round(time, 1) for name, time in least.items()}, said["context"]["load_avg"][0]


def link_statically(folder, options, sources, includes):
    """Bytes of the program, and those of its code and constants that are the sources' own."""
    shared = [*options.split(), "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections", "-DNDEBUG"]
    objects = []
    for source in sources:
        objects.append(folder / f"{len(objects)}.o")
        standard = "-std=c++23" if source.suffix == ".cpp" else "-std=c11"
        compiler = "g++" if source.suffix == ".cpp" else "gcc"
        flags = shared if source.suffix == ".cpp" else options.split()
        subprocess.run([compiler, standard, *flags, *includes, "-c", source, "-o", objects[-1]], check=True)
    program, linked = folder / "program", folder / "map"
    linker = "g++" if sources[0].suffix == ".cpp" else "gcc"
    command = [linker, *options.split(), "-static", "-s", "-Wl,--gc-sections", f"-Wl,-Map={linked}", *objects, "-o", program]
    subprocess.run(command, check=True)
    kept = linked.read_text().partition("Linker script and memory map")[2]
    own = re.findall(rf"^ \.(?:text|rodata)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) {re.escape(str(folder))}/\d+\.o$", kept, re.M)
    return program.stat().st_size, sum(int(size, 16) for size in own)


def sizes(build, folder):
    empty = folder / "empty.c"
    empty.write_text("int main(void) { return 0; }\n")
    sources = [ROOT / "tests/library/parse_only.cpp", *sorted(ROOT.glob("src/alpn/*.cpp")), *sorted(ROOT.glob("src/hello/*.cpp"))]
    includes = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'src'}", f"-I{build / 'src/alpn'}"]
    measured = {}
    for options in PARSERS:
        program, own = link_statically(folder, options, sources, includes)
        measured[options] = {"program": program, "own": own, "empty": link_statically(folder, options, [empty], [])[0]}
    return measured


def versions():
    openssl = subprocess.run(["openssl", "version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[1]
    gnutls = subprocess.run(["pkg-config", "--modversion", "gnutls"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    gcc = subprocess.run(["g++", "-dumpfullversion"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return {"OpenSSL": openssl, "GnuTLS": gnutls, "GCC": gcc}


def measure(build):
    program = build / "bench/overhead/bench_overhead"
    with tempfile.TemporaryDirectory(prefix="simplon-overhead-") as name:
        folder = pathlib.Path(name)
        certify(folder)
        nanoseconds, load = times(program)
        reading = {}
        for operation in (*READING, *DECIDING):
            few = 300 if operation == "read-with-openssl" else 5000
            counted = instructions(program, operation, few, folder)
            reading[operation] = {"instructions": counted, "nanoseconds": nanoseconds[operation]}
        handshakes = {library: count_handshakes(program, library, WAYS, 20, folder) for library in HANDSHAKES}
        return {"versions": versions(), "load": load, "reading": reading, "handshakes": handshakes,
                "sizes": sizes(build, folder)}


def reading_table(title, ways, reading):
    lines = [f"| {title} | instructions | ns | what it does not look at |", "|---|--:|--:|---|"]
    for name, (what, unchecked) in ways.items():
        row = reading[name]
        lines.append(f"| {what} | {row['instructions']:,} | {row['nanoseconds']:,.0f} | {unchecked} |")
    return "\n".join(lines)


def handshake_table(handshakes):
    lines = ["| a handshake, client and server | without ALPN | by hand | the server by the adapter | the client by the adapter |"]
    lines.append("|---|--:|--:|--:|--:|")
    for library, title in HANDSHAKES.items():
        row = handshakes[library]
        more = (row[way] - row["by-hand"] for way in ("server", "client"))
        cells = (f"{count:+,} ({100 * count / row['by-hand']:+.3f} %)" for count in more)
        lines.append(f"| {title} | {row['none']:,} | {row['by-hand']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def section(measured):
    """Of docs/adapters.md, to its end."""
    reading, versions = measured["reading"], measured["versions"]

    def ratio(one, other):
        return reading[one]["instructions"] / reading[other]["instructions"]

    return f"""{HEADING}
`{COMMAND}` measures and writes this. Instructions are those of the whole process, libraries and all, with the same random
numbers and the same time in each; what allocators and tables grow by still moves a difference by some thousands. OpenSSL {versions['OpenSSL']}, GnuTLS {versions['GnuTLS']},
GCC {versions['GCC']}, x86-64. By hand is a server with `SSL_CTX_set_alpn_select_cb` and `SSL_select_next_proto`, or with
`gnutls_alpn_set_protocols` and `GNUTLS_ALPN_SERVER_PRECEDENCE`, and a client that compares the name it gets.

{handshake_table(measured["handshakes"])}

Less than a thousandth of a handshake, either way (`tests/library/overhead_test.py`), with connections made one after the other. The adapter for GnuTLS reads the hello a second time on the server, and looks at every message on
the client.

Reading a ClientHello of Chrome's (517 bytes, one record) and deciding on its offer of two names, and deciding alone, as in a
callback that is handed the names; nanoseconds of CPU time, the least of nine runs (load of the machine: {measured["load"]:.1f}; on a quiet one reading takes half of that,
[performance.md](performance.md)):

{reading_table("reading and deciding", READING, reading)}

{reading_table("deciding", DECIDING, reading)}

By hand is cheaper: {ratio("read-with-simplon", "read-by-hand"):.0f} times fewer instructions to read, and
{ratio("decide-with-simplon", "decide-by-hand"):.0f} times to decide. The last column says what it leaves out. Of programs that read a hello
without a handshake to follow, those that ask OpenSSL pay {ratio("read-with-openssl", "read-with-simplon"):.0f} times as many; those
that are in its callback anyway have the lengths checked already, and need `Offer::from_names` and `Policy::select` alone.
"""


def size_bullet(sizes):
    """Of docs/library.md."""

    few = sizes["-O2"]
    narrow = sizes["-O2 -m32"]
    return f"""- **Size**: a program that reads a hello and prints its name and offer, linked statically and stripped, has
  {few['program'] / 1000:,.0f} KB: {few['program']:,} bytes, of which an empty C program has {few['empty']:,}, and the code and the
  constants of the program and of the library {few['own']:,}; with `-Os` instead of `-O2` {sizes['-Os']['program']:,} and
  {sizes['-Os']['own']:,}; for 32 bits {narrow['program']:,} and {narrow['own']:,} (Debian 12, x86-64; `{COMMAND}`).
"""


def write_documents(measured):
    text = ADAPTERS.read_text()
    ADAPTERS.write_text(text.partition(HEADING)[0] + section(measured))
    text = LIBRARY.read_text()
    LIBRARY.write_text(re.sub(r"^- \*\*Size\*\*:.*?(?=^- )", lambda _: size_bullet(measured["sizes"]), text, flags=re.M | re.S))


def time_again(build):
    """What was measured, with the nanoseconds of a moment that is quieter than it was."""
    measured = json.loads(RESULTS.read_text())
    nanoseconds, measured["load"] = times(build / "bench/overhead/bench_overhead")
    for operation, row in measured["reading"].items():
        row["nanoseconds"] = nanoseconds[operation]
    return measured


if __name__ == "__main__":
    does = time_again if sys.argv[2:] == ["--times"] else measure
    RESULTS.write_text(json.dumps(does(pathlib.Path(sys.argv[1]).resolve()), indent=1) + "\n")
    write_documents(json.loads(RESULTS.read_text()))
    print(RESULTS.read_text())
