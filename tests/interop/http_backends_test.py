"""Other people's servers behind the gateway: nginx over HTTP/1.1 and h2c, nghttpd over h2c, Python over HTTP/1.0."""

import functools
import hashlib
import os
import re
import sys
import unittest

import exchanges
from backends import MARK, Nghttpd, Nginx
from exchanges import PROTOCOLS
from http_streams import H2Connection
from processes import Child
from roads import HttpTest


class ServerTest(HttpTest):
    def asking(self, url, test):
        """Calls `test(fetch)` for each protocol that a client may have; fetch gives the answer and the log line."""
        gateway = self.serve_http(f'http = "{url}"')
        backend_protocol = "h2c" if url.startswith("h2c") else "http/1.1"
        for option, protocol in PROTOCOLS:

            def fetch(path, *arguments):
                ask = functools.partial(exchanges.fetch, gateway.port, path, option, *arguments)
                answer, line = gateway.after_request(ask)
                self.assertFacts(line, protocol=protocol, backend_protocol=backend_protocol, status=answer.status)
                self.assertEqual((answer.exit_status, line["reason"], line["error"]), (0, None, None), line)
                return answer

            with self.subTest(client=protocol, backend=backend_protocol):
                test(fetch)

    def fill(self, root, size=3 * 1024 * 1024):
        content = os.urandom(size)
        (root / "bulk").write_bytes(content)
        return content

    def assertSame(self, got, wanted):
        self.assertEqual(hashlib.sha256(got).hexdigest(), hashlib.sha256(wanted).hexdigest(), len(got))


class NginxBehind(ServerTest):
    def expect(self, h2c):
        nginx = self.closing(Nginx(self.folder, h2c=h2c))
        content = self.fill(nginx.root)

        def test(fetch):
            answer = fetch("/")
            self.assertEqual((answer.status, answer.body), (200, (MARK + "nginx\n").encode()))
            self.assertEqual(fetch("/", "--header", f"If-None-Match: {answer['etag']}").status, 304)
            self.assertSame(fetch("/bulk").body, content)
            part = fetch("/bulk", "--range", "1000-69999")
            self.assertEqual((part.status, part["content-range"]), (206, f"bytes 1000-69999/{len(content)}"))
            self.assertSame(part.body, content[1000:70000])
            head = fetch("/bulk", "--head")
            self.assertEqual((head.status, head["content-length"]), (200, str(len(content))))
            self.assertEqual(fetch("/nothing").status, 404)
            self.assertEqual(fetch("/", "--request", "DELETE").status, 405)
            self.assertEqual(fetch("/").status, 200)

        self.asking(nginx.url, test)

    def test_http1(self):
        self.expect(h2c=False)

    def test_h2c(self):
        self.expect(h2c=True)


class NghttpdBehind(ServerTest):
    def test_h2c(self):
        nghttpd = self.closing(Nghttpd(self.folder))
        content = self.fill(nghttpd.root)

        def test(fetch):
            answer = fetch("/")
            self.assertEqual((answer.status, answer.body), (200, (MARK + "nghttpd\n").encode()))
            self.assertSame(fetch("/bulk").body, content)
            self.assertSame(fetch("/", "--data-binary", f"@{nghttpd.root}/bulk").body, content)
            self.assertEqual(fetch("/nothing").status, 404)

        self.asking(nghttpd.url, test)

    def test_trailers_behind_a_body_of_known_length(self):
        nghttpd = self.closing(Nghttpd(self.folder))
        gateway = self.serve_http(f'http = "{nghttpd.url}"')
        # curl does not look for them once it has the whole body.
        connection = self.closing(H2Connection(gateway.port, "localhost"))
        stream = connection.open("GET", "/", [("te", "trailers")], end=True)
        self.assertEqual(stream.rest(), (MARK + "nghttpd\n").encode())
        self.assertEqual((stream.head()[0], stream.trailers), (200, {"x-trailer": "there"}))


class PythonBehind(ServerTest):
    def test_http_1_0(self):
        content = self.fill(self.folder)
        command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", self.folder, "0"]
        server = self.closing(Child(command))
        port = server.stdout.wait_for(
            lambda lines: next(filter(None, (re.search(r"port (\d+)", line) for line in lines)), None)
        )[1]

        def test(fetch):
            # Every answer ends with its connection.
            for _ in range(3):
                self.assertSame(fetch("/bulk").body, content)
            self.assertEqual(fetch("/nothing").status, 404)
            self.assertEqual(fetch("/bulk", "--head")["content-length"], str(len(content)))

        self.asking(f"http://127.0.0.1:{port}", test)


if __name__ == "__main__":
    unittest.main()
