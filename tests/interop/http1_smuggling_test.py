"""Requests whose length or end two readers of HTTP/1.1 could disagree on, by section of RFC 9112."""

import unittest

from http1_raw import chunked, get, lines, post
from http1_rows import LAST, SMUGGLED, Http1Rows

HELLO = b"5\r\nhello\r\n0\r\n\r\n"


class Smuggling(Http1Rows):
    def test_6_1_transfer_encoding(self):
        def coded(*fields):
            return post(*fields, body=HELLO)

        self.refuse(
            "6.1",
            *(
                (f"{value!r}", coded(f"Transfer-Encoding:{value}"))
                for value in (
                    *(" xchunked", " chunkedx", " chunked, identity", " identity, chunked", " identity", " gzip"),
                    *(" gzip, chunked", " chunked, gzip", " chunked, chunked", " chunked chunked", "", " chunked;q=1"),
                    *(' "chunked"', " chunked\0", " \x0bchunked", " chunked\x0b", " chunked\x85", " \xa0chunked", " x"),
                    *(" chunk", " cow", " chunked/1", " 'chunked'", " chunked:", " chunKed=1"),
                )
            ),
            ("twice", coded("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")),
            ("twice, then another", coded("Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
            ("twice, first another", coded("Transfer-Encoding: identity", "Transfer-Encoding: chunked")),
            ("twice, one is empty", coded("Transfer-Encoding:", "Transfer-Encoding: chunked")),
            ("a space before the colon", coded("Transfer-Encoding : chunked")),
            ("a space before the name", coded("X: y", " Transfer-Encoding: chunked")),
            ("folded", coded("Transfer-Encoding:", " chunked")),
            ("folded behind", coded("Transfer-Encoding: chunked", " , identity")),
            ("LF and folded", coded("Transfer-Encoding:\n chunked")),
            ("behind LF in another field", coded("X: y\nTransfer-Encoding: chunked")),
            ("behind CR in another field", coded("X: y\rTransfer-Encoding: chunked")),
            ("in 1.0", lines("POST / HTTP/1.0", "Host: localhost", "Transfer-Encoding: chunked", body=HELLO)),
            statuses=(400, 501),
        )
        self.serve_requests(
            "6.1",
            ("in capital letters", coded("TRANSFER-ENCODING: CHUNKED"), b"hello"),
            ("without a space", coded("Transfer-Encoding:chunked"), b"hello"),
            ("with tabs", coded("Transfer-Encoding:\tchunked\t"), b"hello"),
        )
        self.serve_or_refuse(
            "6.1",
            ("an empty member of the list", coded("Transfer-Encoding: , chunked"), b"hello"),
            ("an empty member at its end", coded("Transfer-Encoding: chunked,"), b"hello"),
            statuses=(400, 501),
        )

    def test_6_2_content_length(self):
        def long(*values):
            return post(*(f"Content-Length:{value}" for value in values), body="hello")

        wrong = (" +5", " -5", " 0x5", " 5,6", " 5, 6", "", " 5 5", " 5;", " 5.0", " 1e1", " five", ' "5"', " \x0b5")
        wrong += (" 5\0", " ,", " 5\xa0", " --5", " 0b101", " 5_0", " \xb2", " 0x", " ٥".encode().decode("latin-1"))
        self.refuse(
            "6.2",
            *((f"{value!r}", long(value)) for value in wrong),
            ("two that differ", long(" 5", " 6")),
            ("two that differ, 0 first", long(" 0", " 5")),
            ("three, the last differs", long(" 5", " 5", " 0")),
            ("two, one empty", long(" 5", "")),
            ("two, one with a sign", long(" 5", " +5")),
            ("a space before the colon of one", post("Content-Length: 5", "Content-Length : 6", body="hello")),
        )
        # A backend may count with signed numbers.
        large = (2**64 + 5, 2**64 - 1, 2**63 + 5, 10**30)
        self.refuse("6.2", *((str(size), long(f" {size}")) for size in large), statuses=(400, 413), begun=True)
        self.serve_or_refuse(
            "6.2",
            ("two that are the same", long(" 5", " 5"), b"hello"),
            ("two that are the same in one", long(" 5, 5"), b"hello"),
            ("zeros in front", long(" 0005"), b"hello"),
            ("zeros in front of two that are the same", long(" 5", " 05"), b"hello"),
        )
        self.serve_requests(
            "6.2",
            ("a body of GET", get("Content-Length: 5") + b"hello", b"hello"),
            ("0", post("Content-Length: 0"), b""),
            ("a request as a body", post(f"Content-Length: {len(SMUGGLED)}", body=SMUGGLED), SMUGGLED),
        )

    def test_6_3_both(self):
        length, coding = "Content-Length: 5", "Transfer-Encoding: chunked"
        self.refuse(
            "6.3",
            ("length first", post(length, coding, body=HELLO)),
            ("coding first", post(coding, length, body=HELLO)),
            ("the length of the chunks", post(f"Content-Length: {len(HELLO)}", coding, body=HELLO)),
            ("a length of 0", post("Content-Length: 0", coding, body=HELLO)),
            ("a length that is none", post("Content-Length: x", coding, body=HELLO)),
            ("a coding that is none", post(length, "Transfer-Encoding: xchunked", body="hello")),
            ("with GET", get(length, coding) + HELLO),
            ("a length with a space before its colon", post("Content-Length : 5", coding, body=HELLO)),
            ("a coding with a space before its colon", post(length, "Transfer-Encoding : chunked", body="hello")),
            ("a coding behind a folded value", post(length, "X: y", " z", coding, body=HELLO)),
            statuses=(400, 501),
        )

    def test_7_1_chunks(self):
        wrong_sizes = ("0x5", "+5", "-5", " 5", "5 5", "", "g", "5g", "5,", "\t5", "5\0", "5.", "h5", '"5"', "\xb55")
        self.refuse(
            "7.1",
            *((f"a size of {size!r}", chunked(f"{size}\r\nhello\r\n0\r\n\r\n")) for size in wrong_sizes),
            ("LF behind a size", chunked("5\nhello\r\n0\r\n\r\n")),
            ("LF behind a chunk", chunked("5\r\nhello\n0\r\n\r\n")),
            ("LF behind the last size", chunked("5\r\nhello\r\n0\n\r\n")),
            ("LF as the last line", chunked("5\r\nhello\r\n0\r\n\n")),
            ("CR behind a size", chunked("5\rhello\r\n0\r\n\r\n")),
            ("nothing behind a chunk", chunked("5\r\nhello0\r\n\r\n")),
            ("more behind a chunk", chunked("5\r\nhelloXX0\r\n\r\n")),
            ("an empty line in front", chunked("\r\n5\r\nhello\r\n0\r\n\r\n")),
            ("LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")),
            ("CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")),
            ("NUL in an extension", chunked("5;a=\0\r\nhello\r\n0\r\n\r\n")),
            ("LF in an extension of the last size", chunked("5\r\nhello\r\n0;\n\r\n")),
            begun=True,
        )
        large = ("10000000000000005", "1" + "0" * 40, "100000005" * 3)
        self.refuse(
            "7.1",
            *((f"a size of {size}", chunked(f"{size}\r\nhello\r\n0\r\n\r\n")) for size in large),
            statuses=(400, 413),
            begun=True,
        )
        self.serve_requests(
            "7.1",
            ("extensions", chunked('5;a=b;c="d e";f\r\nhello\r\n0;last\r\n\r\n'), b"hello"),
            ("zeros in front, capital letters", chunked("00A\r\nhellohello\r\n000\r\n\r\n"), b"hellohello"),
            ("no chunk", chunked("0\r\n\r\n"), b""),
            ("a request as a chunk", chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)), SMUGGLED),
        )
        self.serve_or_refuse("7.1", ("a space behind a size", chunked("5 \r\nhello\r\n0\r\n\r\n"), b"hello"))

    def test_7_1_chunks_that_are_larger_than_a_signed_number(self):
        # Whoever can count that far may wait for the rest.
        for target in self.targets(limits='idle_timeout = "1s"'):
            for size in ("7FFFFFFFFFFFFFFF", "8000000000000005", "FFFFFFFFFFFFFFFF"):
                with self.subTest(target=target.kind, size=size):
                    heard = self.talk(target, chunked(f"{size}\r\nhello\r\n0\r\n\r\n") + SMUGGLED)
                    self.assertIsNotNone(heard.end)
                    self.assertIn(heard.statuses, ([], [400], [408], [413]))
                    self.assertEqual(target.take(), ([], []))

    def test_7_1_2_trailers(self):
        def trailing(*fields):
            return chunked(b"5\r\nhello\r\n0\r\n" + lines(*fields))

        self.refuse(
            "7.1.2",
            ("a space before the colon", trailing("X : y")),
            ("no colon", trailing("X")),
            ("NUL in a value", trailing("X: a\0b")),
            ("CR in a value", trailing("X: a\rb")),
            ("LF in a value", trailing("X: a\nb")),
            ("folded", trailing("X: a", " b")),
            begun=True,
        )
        # They belong in front of a body; here they may be dropped or refused, and mean nothing (RFC 9110 §6.5.1).
        self.serve_or_refuse(
            "7.1.2",
            ("a proper one", trailing("X: y"), b"hello"),
            ("Content-Length", trailing("Content-Length: 50"), b"hello"),
            ("Transfer-Encoding", trailing("Transfer-Encoding: chunked"), b"hello"),
            ("Host", trailing("Host: other"), b"hello"),
            ("Connection", trailing("Connection: keep-alive"), b"hello"),
            ("Authorization", trailing("Authorization: Basic eDp5"), b"hello"),
        )

    def test_9_3_2_pipelining(self):
        of_both_kinds = post("Content-Length: 5", body="hello") + chunked(HELLO) + get()
        many = b"".join(get(target=f"/{number}") for number in range(50))
        self.serve_requests(
            "9.3.2",
            ("fifty at once", many, *[b""] * 50),
            ("bodies of both kinds", of_both_kinds, b"hello", b"hello", b""),
        )

    def test_9_6_nothing_behind_close(self):
        for target in self.targets():
            with self.subTest(target=target.kind):
                heard = self.talk(target, LAST + SMUGGLED)
                self.assertEqual((len(heard.statuses), heard.rest, heard.end), (1, b"", "closed"))
                self.assertEqual([each.target for each in target.take()[0]], [b"/last"] if target.recorder else [])

    def test_connection_names_what_it_must_not(self):  # RFC 9110 §7.6.1
        def with_length(name):
            return post(f"Connection: {name}", "Content-Length: 5", body="hello")

        named = ("Content-Length", "Transfer-Encoding", "Host", "Connection", "X-Forwarded-For", "Via", "Cookie", "")
        self.serve_or_refuse(
            "RFC 9110 §7.6.1",
            *((f"{name}, with a length", with_length(name), b"hello") for name in named),
            *((f"{name}, with chunks", chunked(HELLO, f"Connection: {name}"), b"hello") for name in named),
        )


if __name__ == "__main__":
    unittest.main()
