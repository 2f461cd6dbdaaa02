"""What `cmake --install` and `cpack` make of the tree that was built."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from gateway import ROOT, program
from processes import environment, run

BUILD = Path(program()).resolve().parents[2]
# Each with its permissions.
CONTENTS = {
    "usr/bin/simplon": "-rwxr-xr-x",
    "usr/lib/systemd/system/simplon.service": "-rw-r--r--",
    "usr/lib/systemd/system/simplon.socket": "-rw-r--r--",
    "usr/lib/sysusers.d/simplon.conf": "-rw-r--r--",
    "usr/share/bash-completion/completions/simplon": "-rw-r--r--",
    "usr/share/zsh/vendor-completions/_simplon": "-rw-r--r--",
    "usr/share/man/man5/simplon.toml.5.gz": "-rw-r--r--",
    "usr/share/doc/simplon/operations.md": "-rw-r--r--",
    "usr/share/doc/simplon/reference.md": "-rw-r--r--",
    "usr/share/doc/simplon/CHANGELOG.md": "-rw-r--r--",
    "usr/share/doc/simplon/copyright": "-rw-r--r--",
    "usr/share/doc/simplon/examples/simplon.toml": "-rw-r--r--",
    "etc/simplon/simplon.toml": "-rw-r--r--",
    "etc/logrotate.d/simplon": "-rw-r--r--",
    **{f"usr/share/man/man1/{page.name}.gz": "-rw-r--r--" for page in (ROOT / "packaging" / "man").glob("*.1")},
}


class PackagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-package-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        config = BUILD / "CPackConfig.cmake"
        made = run(["cpack", "--config", config, "-B", cls.folder / "made"], timeout=200)
        assert made.returncode == 0, made.stdout + made.stderr

    def assert_lintian_is_content(self, package, *suppressed):
        # A Debian changelog and a maintainer's address are for whoever publishes the package.
        tags = ",".join(["no-changelog", "bogus-mail-host", *suppressed])
        arguments = ["--allow-root"] if os.geteuid() == 0 else []
        done = run(
            ["lintian", *arguments, "--fail-on", "error,warning", "--suppress-tags", tags, package],
            timeout=200,
            env=environment(TMPDIR=str(self.folder)),
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Package(PackagesTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.package,) = (cls.folder / "made").glob("simplon_*.deb")
        cls.root = cls.folder / "root"
        run(["dpkg-deb", "--extract", cls.package, cls.root], check=True)
        cls.control = cls.folder / "control"
        run(["dpkg-deb", "--control", cls.package, cls.control], check=True)

    def field(self, name):
        return run(["dpkg-deb", "--field", self.package, name], check=True).stdout.strip()

    def test_holds_what_it_should_and_nothing_else(self):
        listed = run(["dpkg-deb", "--contents", self.package], check=True).stdout
        found = {}
        for line in listed.splitlines():
            mode, owner, *_, path = line.split()
            self.assertEqual(owner, "root/root", line)
            if not mode.startswith("d"):
                found[path.removeprefix("./")] = mode
        more = {path for path in found if not path.startswith("usr/share/doc/simplon/")}
        self.assertEqual(more - CONTENTS.keys(), set())
        self.assertEqual({path: found.get(path) for path in CONTENTS}, CONTENTS)

    def test_names_what_it_needs(self):
        self.assertEqual(self.field("Package"), "simplon")
        self.assertRegex(self.field("Version"), r"^\d+\.\d+\.\d+$")
        depends = self.field("Depends")
        # Found by dpkg-shlibdeps from what the program is linked with, and said by hand.
        for package in ("libc6 (>=", "libssl3 (>=", "libstdc++6 (>=", "libnghttp2-14 (>=", "systemd |"):
            self.assertIn(package, depends)

    def test_keeps_the_configuration_of_its_user(self):
        conffiles = (self.control / "conffiles").read_text().split()
        self.assertEqual(sorted(conffiles), ["/etc/logrotate.d/simplon", "/etc/simplon/simplon.toml"])

    def test_starts_nothing_that_did_not_run(self):
        scripts = (self.control / "postinst").read_text()
        self.assertIn("try-restart", scripts)
        self.assertIsNone(re.search(r"systemctl.* (enable|start)|invoke-rc.d|deb-systemd-helper enable", scripts))

    def test_runs_as_it_was_installed(self):
        installed = self.root / "usr/bin/simplon"
        checked = run([installed, "check", "-c", self.root / "etc/simplon/simplon.toml"])
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("fine (1 listener, 1 route)", checked.stdout)
        self.assertEqual(checked.stderr, "")
        version = self.field("Version")
        self.assertEqual(run([installed, "--version"], check=True).stdout.strip(), version)

    def test_ships_a_configuration_that_serves_nobody(self):
        explained = run([self.root / "usr/bin/simplon", "explain", "-c", self.root / "etc/simplon/simplon.toml"])
        self.assertEqual(explained.returncode, 1, explained.stdout)
        text = (self.root / "etc/simplon/simplon.toml").read_text()
        self.assertEqual(re.findall(r'^address = "(.*?)"', text, re.M), ["127.0.0.1:8443"])

    def test_ships_a_configuration_with_every_key(self):
        text = (self.root / "etc/simplon/simplon.toml").read_text()
        shown = set(re.findall(r"^(?:# )?([a-z_0-9]+) = ", text, re.M))
        reference = (ROOT / "docs" / "reference.md").read_text()
        tables = re.findall(r"^### `?(Top level|[a-z]+)`?\n(.*?)(?=^##)", reference, re.M | re.S)
        self.assertGreaterEqual(len(tables), 8)
        for table, section in tables:
            if table in ("http", "alpn"):
                continue
            for key, kind, default, meaning in re.findall(r"^\| `(\w+)` \|(.*?)\|(.*?)\|(.*)\|$", section, re.M):
                # Tables themselves are headings, and some keys are only reserved.
                if kind.strip() in ("table", "tables") or meaning.strip() == "*later*":
                    continue
                self.assertIn(key, shown, f"[{table}] {key} is not in packaging/simplon.toml")

    def test_is_what_lintian_expects(self):
        self.assert_lintian_is_content(self.package)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to change to another root folder")
    def test_is_installed_removed_and_purged(self):
        """By dpkg, in a root folder of its own; its scripts run there, with what they call."""
        root = self.folder / "system"
        for name in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"):
            (root / name).mkdir(parents=True)
        for name in ("status", "available"):
            (root / "var/lib/dpkg" / name).touch()
        for name in ("passwd", "group", "shadow", "gshadow"):
            shutil.copy(Path("/etc") / name, root / "etc" / name)
        for table in ("passwd", "group", "shadow", "gshadow"):
            lines = (root / "etc" / table).read_text().splitlines(keepends=True)
            (root / "etc" / table).write_text("".join(line for line in lines if not line.startswith("simplon:")))
        _copy_programs(root)
        dpkg = ["dpkg", f"--root={root}", "--force-depends", "--force-not-root"]
        done = run([*dpkg, "--install", self.package])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex((root / "etc/passwd").read_text(), r"(?m)^simplon:")
        self.assertTrue((root / "var/lib/simplon").is_dir())
        configuration = root / "etc/simplon/simplon.toml"
        configuration.write_text(configuration.read_text() + "# mine\n")
        # The same again, as an upgrade is.
        done = run([*dpkg, "--force-confold", "--install", self.package])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("# mine", configuration.read_text())
        done = run([*dpkg, "--remove", "simplon"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(configuration.exists())
        self.assertFalse((root / "usr/bin/simplon").exists())
        done = run([*dpkg, "--purge", "simplon"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for name in ("etc/simplon", "var/lib/simplon", "var/log/simplon"):
            self.assertFalse((root / name).exists(), name)


class LibraryPackages(PackagesTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.library,) = (cls.folder / "made").glob("libsimplon*.deb")
        (cls.development,) = (cls.folder / "made").glob("simplon-dev_*.deb")

    def contents(self, package):
        listed = run(["dpkg-deb", "--contents", package], check=True).stdout.splitlines()
        return {line.split()[5].removeprefix("./") for line in listed if not line.startswith("d")}

    def field(self, package, name):
        return run(["dpkg-deb", "--field", package, name], check=True).stdout.strip()

    def test_hold_what_they_should_and_nothing_else(self):
        version = self.field(self.library, "Version")
        soname = "libsimplon.so." + version.rpartition(".")[0]
        self.assertEqual(
            self.contents(self.library),
            {
                f"usr/lib/{soname}",
                f"usr/lib/libsimplon.so.{version}",
                f"usr/share/doc/{self.field(self.library, 'Package')}/copyright",
            },
        )
        headers = {f"usr/{path.relative_to(ROOT)}" for path in (ROOT / "include").rglob("*.h*")}
        examples = {
            f"usr/share/doc/simplon-dev/{path.relative_to(ROOT)}"
            for path in (ROOT / "examples/library").rglob("*")
            if path.is_file() and path != ROOT / "examples/library/CMakeLists.txt"
        }
        adapters = ("openssl", "gnutls", "mbedtls")
        parts = ("config", "config-version", "targets", *(f"{name}-targets" for name in (*adapters, "asio")))
        cmake = {f"usr/lib/cmake/simplon/simplon-{name}.cmake" for name in parts}
        cmake.add("usr/lib/cmake/simplon/FindMbedTLS.cmake")
        self.assertEqual(
            {name for name in self.contents(self.development) if not name.endswith("-targets-release.cmake")},
            headers
            | examples
            | cmake
            | {"usr/lib/libsimplon.a", "usr/lib/libsimplon.so", "usr/lib/pkgconfig/simplon.pc"}
            | {f"usr/lib/libsimplon_{name}.a" for name in adapters}
            | {f"usr/lib/pkgconfig/simplon-{name}.pc" for name in adapters}
            | {f"usr/share/doc/simplon-dev/{name}.md" for name in ("library", "adapters", "asio", "round-trips")}
            | {"usr/share/doc/simplon-dev/copyright"},
        )

    def test_name_what_they_need(self):
        self.assertRegex(self.field(self.library, "Package"), r"^libsimplon\d+\.\d+$")
        self.assertIn("libstdc++6 (>=", self.field(self.library, "Depends"))
        self.assertNotIn("ssl", self.field(self.library, "Depends"))
        needed = f"{self.field(self.library, 'Package')} (= {self.field(self.library, 'Version')})"
        self.assertEqual(self.field(self.development, "Depends"), needed)

    def test_compile_a_program_when_unpacked(self):
        root = self.folder / "root"
        for package in (self.library, self.development):
            run(["dpkg-deb", "--extract", package, root], check=True)
        found = environment(PKG_CONFIG_PATH=str(root / "usr/lib/pkgconfig"))
        flags = run(["pkg-config", "--cflags", "--libs", "simplon"], env=found, check=True).stdout.split()
        source = root / "usr/share/doc/simplon-dev/examples/library/select_protocol.cpp"
        run(["g++", "-std=c++23", source, *flags, "-o", self.folder / "program"], check=True)
        done = run([self.folder / "program", "h2"], env=environment(LD_LIBRARY_PATH=str(root / "usr/lib")))
        self.assertEqual(done.stdout, "answers with h2 (RFC 7301 §3.2)\n")

    def test_are_what_lintian_expects(self):
        # CPack writes scripts that call ldconfig, beside the trigger that Debian wants, wherever it looks for what a
        # shared library needs; they can be replaced only, and empty ones are another complaint. They do no harm.
        self.assert_lintian_is_content(self.library, "maintscript-calls-ldconfig")
        # One build is packed for /usr and installed anywhere, and only where it is configured for /usr itself does
        # CMake know a folder for each architecture; moved there later, simplon-targets.cmake would not find its way.
        self.assert_lintian_is_content(self.development, "pkg-config-unavailable-for-cross-compilation")


class Install(unittest.TestCase):
    def test_keeps_a_configuration_that_is_there(self):
        with tempfile.TemporaryDirectory(prefix="simplon-install-") as folder:
            prefix = Path(folder) / "simplon"
            install = ["cmake", "--install", BUILD, "--prefix", prefix]
            run(install, check=True)
            configuration = prefix / "etc/simplon/simplon.toml"
            self.assertEqual(run([prefix / "bin/simplon", "check", "-c", configuration]).returncode, 0)
            # It names what was installed.
            service = (prefix / "lib/systemd/system/simplon.service").read_text()
            self.assertIn(f"ExecStart={prefix}/bin/simplon serve -c {configuration}\n", service)
            self.assertTrue((prefix / "share/zsh/site-functions/_simplon").exists())
            configuration.write_text("# mine\n")
            run(install, check=True)
            self.assertEqual(configuration.read_text(), "# mine\n")


def _copy_programs(root):
    """The shell and the few programs that the package's scripts call, with their libraries."""
    tools = ("sh", "install", "rm", "systemd-sysusers")
    programs = [Path(shutil.which(tool) or f"/usr/bin/{tool}").resolve() for tool in tools]
    needed = set(programs)
    for each in programs:
        needed.update(map(Path, re.findall(r"(/\S+) \(0x", run(["ldd", each]).stdout)))
    for path in needed:
        place = root / path.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    for tool, path in zip(tools, programs):
        link = root / "usr/bin" / tool
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            shutil.copy(path, link)
    for name in ("bin", "lib", "lib64", "sbin"):
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")


if __name__ == "__main__":
    unittest.main()
