"""Rust programs, of Debian's packages alone."""

from clients import require
from processes import environment, run

# Where Debian's packages of libraries put their sources.
_SOURCES = """[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "/usr/share/cargo/registry"
"""


def build_rust(project, folder):
    """Compiles a project of this tree; returns the program that has its name."""
    home, target = folder / "cargo", folder / "target"
    home.mkdir()
    (home / "config.toml").write_text(_SOURCES)
    # cargo writes a lock file beside the manifest.
    copy = folder / project.name
    (copy / "src").mkdir(parents=True)
    for name in ("Cargo.toml", "src/main.rs"):
        (copy / name).write_text((project / name).read_text())
    require("/usr/bin/cargo")
    places = {"CARGO_HOME": str(home), "CARGO_TARGET_DIR": str(target), "HOME": str(folder), "RUSTC": "/usr/bin/rustc"}
    command = ["/usr/bin/cargo", "build", "--offline", "--manifest-path", copy / "Cargo.toml"]
    run(command, env=environment(**places), timeout=500, check=True)
    return target / "debug" / f"{project.name}_peer"
