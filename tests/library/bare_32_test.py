"""The same for a machine of 32 bits, on an x86-64 that has the C++ library for it (Debian's g++-multilib)."""

import unittest

import bare_test
from processes import run


class Bare32(bare_test.Bare):
    suffix = "_32"

    def test_is_for_32_bits(self):
        headers = run(["objdump", "-f", bare_test.LIBRARY / "libbare_core_32.a"], check=True).stdout
        self.assertIn("elf32-i386", headers)
        self.assertNotIn("elf64", headers)

    def test_reads_hellos(self):
        super().test_reads_hellos()

    def test_negotiates(self):
        super().test_negotiates()

    def test_has_neither_exceptions_nor_type_information(self):
        super().test_has_neither_exceptions_nor_type_information()

    def test_a_program_that_only_parses_is_small(self):
        super().test_a_program_that_only_parses_is_small()


if __name__ == "__main__":
    unittest.main()
