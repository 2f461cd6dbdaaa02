"""Requests that are not HTTP/1.1, though a lenient reader would take them for it, by section of RFC 9112."""

import unittest

from http1_raw import chunked, get, lines, post
from http1_rows import Http1Rows

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
# What stands where the method or the version should may be taken for one that is not known.
BROKEN_LINE = (400, 501, 505)


class Syntax(Http1Rows):
    def test_2_2_line_ends(self):
        self.refuse(
            "2.2",
            ("LF after the request line", b"GET / HTTP/1.1\nHost: localhost\r\n\r\n"),
            ("LF after a field", b"GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n"),
            ("LF everywhere", b"GET / HTTP/1.1\nHost: localhost\n\n"),
            ("LF as the empty line", b"GET / HTTP/1.1\r\nHost: localhost\r\n\n"),
            ("LF CR", b"GET / HTTP/1.1\n\rHost: localhost\n\r\n\r"),
            ("CR after the request line", b"GET / HTTP/1.1\rHost: localhost\r\n\r\n"),
            ("CR in a value", get("X: a\rb")),
            ("CR and a field in a value", get("X: a\rTransfer-Encoding: chunked")),
            ("CR CR LF", b"GET / HTTP/1.1\r\nHost: localhost\r\r\n\r\n"),
            ("CR in a name", get("X\rY: z")),
            ("CR in the request line", b"GET /\r HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            ("white space before the first field", b"GET / HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n"),
            statuses=BROKEN_LINE,
        )
        self.serve_requests("2.2", ("an empty line in front", b"\r\n" + get(), b""))

    def test_2_3_version(self):
        def versions(*names):
            return [(name, lines(f"GET / {name}", "Host: localhost")) for name in names]

        wrong = versions("HTTP/1.", "HTTP/1", "HTTP/1.1 ", "HTTP/ 1.1", "http/1.1", "HTTP/1.10", "HTTP/01.1", "XTTP/1")
        unknown = versions("HTTP/0.9", "HTTP/2.0", "HTTP/3.0")
        self.refuse("2.3", *wrong, *unknown, statuses=BROKEN_LINE)
        self.refuse(
            "2.3",
            ("none, as in 0.9", b"GET /\r\n\r\n"),
            ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        )

    def test_3_request_line(self):
        def ask(line):
            return lines(line, "Host: localhost")

        self.refuse(
            "3",
            ("no method", ask(" / HTTP/1.1")),
            ("a method with a colon", ask("G:T / HTTP/1.1")),
            ("a method with NUL", ask("G\0T / HTTP/1.1")),
            ("a method with a byte above 0x7f", ask("G\xe4T / HTTP/1.1")),
            ("a method with parentheses", ask("GET() / HTTP/1.1")),
            ("two spaces before the target", ask("GET  / HTTP/1.1")),
            ("two spaces behind the target", ask("GET /  HTTP/1.1")),
            ("a tab before the target", ask("GET\t/ HTTP/1.1")),
            ("a space in the target", ask("GET /a b HTTP/1.1")),
            ("a tab in the target", ask("GET /a\tb HTTP/1.1")),
            ("NUL in the target", ask("GET /a\0b HTTP/1.1")),
            ("DEL in the target", ask("GET /a\x7fb HTTP/1.1")),
            ("a byte above 0x7f in the target", ask("GET /\xe4 HTTP/1.1")),
            ("a fragment in the target", ask("GET /a#b HTTP/1.1")),
            ("no target", ask("GET HTTP/1.1")),
            ("no slash in front of the target", ask("GET index.html HTTP/1.1")),
            ("* for GET", ask("GET * HTTP/1.1")),
            ("an authority for GET", ask("GET localhost:443 HTTP/1.1")),
            ("another scheme", ask("GET ftp://localhost/ HTTP/1.1")),
            ("a URL without a host", ask("GET https:///path HTTP/1.1")),
            ("a URL with user information", ask("GET https://user@localhost/ HTTP/1.1")),
            ("a URL with two @", ask("GET https://localhost@other@localhost/ HTTP/1.1")),
            ("TLS", b"\x16\x03\x01\x00\x05hello"),
            statuses=BROKEN_LINE,
        )
        self.serve_requests(
            "3",
            ("a query with question marks", get(target="/?a=?&b=%00"), b""),
            ("a method nobody knows", ask("X-METHOD!#$%&'*+.^_`|~ / HTTP/1.1"), b""),
            ("two slashes", get(target="//other/path"), b""),
        )

    def test_3_2_host(self):
        def hosts(*values):
            return lines("GET / HTTP/1.1", *(f"Host:{value}" for value in values))

        self.refuse(
            "3.2",
            ("none", hosts()),
            ("two", hosts(" localhost", " localhost")),
            ("two that differ", hosts(" localhost", " other")),
            ("two, one with a space before its colon", lines("GET / HTTP/1.1", "Host: localhost", "Host : other")),
            ("empty", hosts("")),
            ("a list", hosts(" localhost, other")),
            ("a space", hosts(" localhost other")),
            ("user information", hosts(" user@localhost")),
            ("a path", hosts(" localhost/other")),
            ("a URL", hosts(" https://localhost")),
            ("a query", hosts(" localhost?x")),
            ("a port that is none", hosts(" localhost:80a")),
            ("NUL", hosts(" local\0host")),
            ("a quotation mark", hosts(' "localhost"')),
            ("a backslash", hosts(" localhost\\other")),
            ("a URL as target and none", lines("GET https://localhost/ HTTP/1.1")),
            ("a URL as target and two", lines("GET https://localhost/ HTTP/1.1", "Host: localhost", "Host: other")),
        )

    def test_3_2_2_absolute_form(self):
        # Host is then what the target says, whatever Host says.
        for target in self.targets():
            with self.subTest(target=target.kind):
                raw = lines("GET https://localhost/path HTTP/1.1", "Host: other.example", "Connection: close")
                heard = self.talk(target, raw)
                self.assertEqual((len(heard.statuses), heard.rest, heard.end), (1, b"", "closed"))
                requests, offences = target.take()
                self.assertEqual(offences, [])
                for each in requests:
                    self.assertEqual((each.target, each.values(b"host")), (b"/path", [b"localhost"]))

    def test_5_fields(self):
        self.refuse(
            "5",
            ("a space before the colon", get("X : y")),
            ("a tab before the colon", get("X\t: y")),
            ("a space before Content-Length's colon", post("Content-Length : 5", body="hello")),
            ("no colon", get("X")),
            ("no name", get(": y")),
            ("a space in a name", get("X Y: z")),
            ("NUL in a name", get("X\0: y")),
            ("a byte above 0x7f in a name", get("X\xe4: y")),
            ("parentheses in a name", get("X(): y")),
            ("NUL in a value", get("X: a\0b")),
            ("DEL in a value", get("X: a\x7fb")),
            *((f"0x{number:02x} in a value", get(f"X: a{chr(number)}b")) for number in (1, 8, 11, 12, 27, 31)),
            ("a folded value", get("X: a", " b")),
            ("a folded value with a tab", get("X: a", "\tb")),
            ("a value that begins on the next line", get("X:", " b")),
            ("a field hidden by folding", post("X: a", " Transfer-Encoding: chunked", body=HELLO)),
            ("a line of spaces", get("X: y", "  ")),
        )
        self.serve_requests(
            "5",
            ("a tab and spaces around a value", get("X: \t y \t "), b""),
            ("no value", get("X:"), b""),
            ("bytes above 0x7f in a value", get("X: \xc3\xa4"), b""),
        )

    def test_limits(self):
        self.refuse(
            "5.4",
            ("a long field", get("X: " + "x" * 100_000)),
            ("many fields", get(*(f"X-{number}: y" for number in range(10_000)))),
            ("a long name", get("X" * 100_000 + ": y")),
            ("a long target", get(target="/" + "x" * 100_000)),
            ("a long method", lines("X" * 100_000 + " / HTTP/1.1", "Host: localhost")),
            statuses=(400, 414, 431, 501),
        )
        self.refuse(
            "7.1.1",
            ("long extensions", chunked("5;" + "x" * 100_000 + "\r\nhello\r\n0\r\n\r\n")),
            ("long trailers", chunked("0\r\n" + "X: y\r\n" * 20_000 + "\r\n")),
            statuses=(400, 413, 431),
            begun=True,
        )

    def test_expectations(self):  # RFC 9110 §10.1.1
        # A server may refuse what it does not know; a proxy may leave that to the backend.
        self.serve_or_refuse("RFC 9110 §10.1.1", ("an unknown one", get("Expect: tea"), b""), statuses=(400, 417))


if __name__ == "__main__":
    unittest.main()
