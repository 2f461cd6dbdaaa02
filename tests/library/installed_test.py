"""`cmake --install` of the library, into a folder of the test, and programs that find it there and nowhere else."""

import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from gateway import ROOT, program, simplon
from processes import environment, run

BUILD = Path(program()).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "library"
HELLO = ROOT / "tests" / "data" / "hello" / "curl.bin"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# By name, how a program that has no connection calls one, and the library it takes.
ADAPTERS = {
    "openssl": ("SSL_new(SSL_CTX_new(TLS_method()))", "libssl.so"),
    "gnutls": ("[] { gnutls_session_t made; gnutls_init(&made, GNUTLS_CLIENT); return made; }()", "libgnutls.so"),
    "mbedtls": ("[] { static mbedtls_ssl_context made; mbedtls_ssl_init(&made); return &made; }()", "libmbedtls.so"),
}


def adapter_program(name):
    """Ends well where a client that has not begun says that there is no answer."""
    connection, _ = ADAPTERS[name]
    return (
        f"#include <simplon/adapters/{name}.hpp>\n"
        f"int main() {{ const auto answer = simplon::{name}::check_answer({connection});\n"
        "  return answer && !*answer && !simplon::Offer::from_names({}) ? 0 : 1; }\n"
    )


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="simplon-library-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        # It is found from where it lies: moved, it is whole.
        run(["cmake", "--install", BUILD, "--prefix", cls.folder / "made"], check=True)
        cls.prefix = cls.folder / "moved"
        (cls.folder / "made").rename(cls.prefix)

    def compile(self, compiler, output, *arguments):
        done = run([compiler, *arguments, "-o", self.folder / output], timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.folder / output

    def flags(self, *options, package="simplon"):
        found = environment(PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig"))
        return run(["pkg-config", *options, package], env=found, check=True).stdout.split()

    def libraries(self, path):
        """The shared libraries that the program names."""
        return set(re.findall(r"NEEDED.*\[(.*?)\]", run(["readelf", "-d", path], check=True).stdout))

    def assert_reads_the_hello(self, path):
        done = run([path, HELLO], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^server name  curl\.example\n")
        self.assertIn("h2", done.stdout)

    def find_package(self, *, static=False, wanted="COMPONENTS core"):
        source = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copy(EXAMPLES / "read_hello.cpp", source)
        text = (EXAMPLES / "start" / "CMakeLists.txt").read_text().replace("COMPONENTS core", wanted)
        if static:
            text = text.replace("PRIVATE simplon::core)", "PRIVATE simplon::core_static)")
        (source / "CMakeLists.txt").write_text(text)
        configure = ["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]
        return source / "build", run(configure, timeout=120)

    def test_find_package_gives_the_shared_library(self):
        build, configured = self.find_package()
        self.assertEqual(configured.returncode, 0, configured.stderr)
        run(["cmake", "--build", build], timeout=120, check=True)
        self.assertIn("libsimplon.so.0.1", self.libraries(build / "read_hello"))
        self.assert_reads_the_hello(build / "read_hello")

    def test_find_package_gives_the_static_library(self):
        build, configured = self.find_package(static=True)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        run(["cmake", "--build", build], timeout=120, check=True)
        self.assertNotIn("libsimplon.so.0.1", self.libraries(build / "read_hello"))
        self.assert_reads_the_hello(build / "read_hello")

    def test_find_package_refuses_a_component_that_there_is_not(self):
        _, configured = self.find_package(wanted="COMPONENTS core cobalt")
        self.assertNotEqual(configured.returncode, 0)
        self.assertIn("simplon has no component cobalt, only core, openssl, gnutls, mbedtls, asio", configured.stderr)

    def find_adapter(self, name, target):
        """A program on the adapter, linked with the target of `find_package`."""
        source = Path(tempfile.mkdtemp(dir=self.folder))
        (source / "main.cpp").write_text(adapter_program(name))
        text = (EXAMPLES / "start" / "CMakeLists.txt").read_text().replace("COMPONENTS core", f"COMPONENTS {name}")
        text = text.replace("read_hello.cpp", "main.cpp").replace("simplon::core)", f"{target})")
        (source / "CMakeLists.txt").write_text(text)
        configure = ["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]
        done = run(configure, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        run(["cmake", "--build", source / "build"], timeout=120, check=True)
        return source / "build/read_hello"

    def test_find_package_gives_the_adapters(self):
        for name, (_, library) in ADAPTERS.items():
            self.assert_adapter_works(self.find_adapter(name, f"simplon::{name}"), library)

    def test_find_package_gives_the_adapters_on_the_static_library(self):
        for name, (_, library) in ADAPTERS.items():
            made = self.find_adapter(name, f"simplon::{name}_static")
            needed = self.libraries(made)
            self.assertNotIn("libsimplon.so.0.1", needed)
            self.assertTrue(any(name.startswith(library) for name in needed), needed)
            run([made], check=True)

    def test_pkg_config_gives_the_adapters_for_static_programs(self):
        for name in ("openssl", "mbedtls"):  # Debian has no archives of what GnuTLS takes
            source = self.folder / f"{name}_static.cpp"
            source.write_text(adapter_program(name))
            flags = self.flags("--static", "--cflags", "--libs", package=f"simplon-{name}")
            made = self.compile("g++", f"{name}_static", "-std=c++23", *STRICT, "-static", source, *flags)
            self.assertEqual(self.libraries(made), set())
            run([made], check=True)

    def test_pkg_config_gives_the_adapters(self):
        for name, (_, library) in ADAPTERS.items():
            source = self.folder / f"{name}.cpp"
            source.write_text(adapter_program(name))
            flags = self.flags("--cflags", "--libs", package=f"simplon-{name}")
            self.assert_adapter_works(self.compile("g++", name, "-std=c++23", *STRICT, source, *flags), library)

    def test_compiles_as_the_guide_of_the_adapters_says(self):
        guide = (ROOT / "docs" / "adapters.md").read_text()
        (commands,) = re.findall(r"^```sh\n(.*?)^```", guide, re.M | re.S)
        (lines,) = re.findall(r"^```cmake\n(.*?)^```", guide, re.M | re.S)
        folder = Path(shutil.copytree(EXAMPLES, self.folder / "guide"))
        found = environment(PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig"))
        run(["bash", "-euc", f"cd '{folder}'\n{commands}"], env=found, timeout=120, check=True)
        for name in re.findall(r"-o (\w+)$", commands, re.M):
            self.assertTrue((folder / name).exists(), name)
        find, link = lines.splitlines()
        program = "cmake_minimum_required(VERSION 3.25)\nproject(server LANGUAGES CXX)\n"
        program += f"{find}\nadd_executable(server openssl_server.cpp)\n{link}\n"
        (folder / "CMakeLists.txt").write_text(program)
        run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"], timeout=120, check=True)
        run(["cmake", "--build", folder / "build"], timeout=120, check=True)

    def assert_adapter_works(self, path, library):
        needed = self.libraries(path)
        self.assertIn("libsimplon.so.0.1", needed)
        self.assertTrue(any(name.startswith(library) for name in needed), needed)
        run([path], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")), check=True)

    def test_pkg_config_gives_the_shared_library(self):
        made = self.compile(
            "g++", "shared", "-std=c++23", *STRICT, EXAMPLES / "read_hello.cpp", *self.flags("--cflags", "--libs")
        )
        self.assertIn("libsimplon.so.0.1", self.libraries(made))
        self.assert_reads_the_hello(made)

    def test_pkg_config_gives_the_static_library(self):
        flags = self.flags("--static", "--cflags", "--libs")
        made = self.compile("g++", "static", "-std=c++23", "-static", EXAMPLES / "read_hello.cpp", *flags)
        self.assertEqual(self.libraries(made), set())
        self.assert_reads_the_hello(made)

    def test_is_used_from_c(self):
        for name, more, flags in (
            ("c_shared", [], self.flags("--cflags", "--libs")),
            ("c_static", ["-static"], self.flags("--static", "--cflags", "--libs")),
        ):
            made = self.compile("gcc", name, "-std=c11", *STRICT, *more, EXAMPLES / "hello.c", *flags)
            self.assert_reads_the_hello(made)
            done = run([made, HELLO], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")))
            self.assertRegex(done.stdout, r"offers       h2\noffers       http/1\.1\nJA4, raw     t13d.*\nselected     h2\n$")
            done = run([made, ROOT / "README.md"], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")))
            self.assertEqual(done.returncode, 1)
            self.assertIn("not a TLS record", done.stderr)

    def test_fingerprints_from_c_with_the_programs_own_sha256(self):
        flags = [*self.flags("--cflags", "--libs"), "-lcrypto"]
        made = self.compile("gcc", "fingerprint", "-std=c11", *STRICT, EXAMPLES / "fingerprint.c", *flags)
        for hello in sorted(HELLO.parent.glob("*.bin")):
            done = run([made, hello], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")))
            self.assertEqual(done.stdout.strip(), json.loads(simplon("decode", "--json", hello).stdout)["ja4"])

    def test_checks_an_answer_from_c(self):
        flags = self.flags("--cflags", "--libs")
        made = self.compile("gcc", "check_answer", "-std=c11", *STRICT, EXAMPLES / "check_answer.c", *flags)
        for answer, status, text in (
            (["h2"], 0, "goes on with h2"),
            (["h3"], 1, "the server selected a protocol that was not offered: alert 47"),
            ([], 1, "the server selected no protocol: alert 120"),
        ):
            done = run([made, *answer], env=environment(LD_LIBRARY_PATH=str(self.prefix / "lib")))
            self.assertEqual((done.returncode, done.stdout), (status, text + "\n"))

    def test_headers_compile_alone(self):
        headers = sorted((self.prefix / "include/simplon").rglob("*.h*"))
        self.assertEqual(
            {path.relative_to(self.prefix / "include") for path in headers},
            {path.relative_to(ROOT / "include") for path in (ROOT / "include").rglob("*.h*")},
        )
        for path in headers:
            if self.is_for_asio(path):
                continue
            # As C++ without what a user may have turned off; the C header as C too.
            command = ["g++", "-x", "c++", "-std=c++23", "-fno-exceptions", "-fno-rtti"]
            self.check_syntax([*command, "-Wconversion", "-Wshadow"], path)
            if path.suffix == ".h":
                self.check_syntax(["g++", "-x", "c++", "-std=c++11"], path)
                self.check_syntax(["gcc", "-x", "c", "-std=c11", "-Wstrict-prototypes"], path)

    def is_for_asio(self, path):
        return "adapters/asio" in str(path.relative_to(self.prefix / "include"))

    def test_headers_for_asio_compile_alone(self):
        headers = [path for path in sorted((self.prefix / "include/simplon").rglob("*.hpp")) if self.is_for_asio(path)]
        self.assertGreater(len(headers), 4)
        for path in headers:
            # Asio's coroutines take exceptions.
            self.check_syntax(["g++", "-x", "c++", "-std=c++23", "-Wconversion", "-Wshadow"], path)

    def test_find_package_gives_what_asio_takes(self):
        source = Path(shutil.copytree(EXAMPLES / "asio", self.folder / "asio"))
        with (source / "CMakeLists.txt").open("a") as more:
            more.write("add_executable(static main.cpp)\ntarget_link_libraries(static PRIVATE simplon::asio_static)\n")
        (source / "main.cpp").write_text(adapter_program("openssl").replace("openssl.hpp", "asio/handshake.hpp"))
        configure = ["cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]
        done = run([*configure, "-DCMAKE_BUILD_TYPE=Debug"], timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        run(["cmake", "--build", source / "build"], timeout=200, check=True)
        self.assertIn("libsimplon.so.0.1", self.libraries(source / "build/serve"))
        found = environment(LD_LIBRARY_PATH=str(self.prefix / "lib"))
        self.assertEqual(run([source / "build/serve"], env=found).stderr, "usage: serve PORT CERTIFICATE KEY\n")
        self.assertNotIn("libsimplon.so.0.1", self.libraries(source / "build/static"))
        run([source / "build/static"], check=True)

    def check_syntax(self, command, path):
        options = [*STRICT, "-fsyntax-only", f"-I{self.prefix / 'include'}", "-include", path, "/dev/null"]
        done = run([*command, *options], timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
