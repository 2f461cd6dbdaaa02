"""Tables of requests that two readers of HTTP/1.1 could take for different things (RFC 9112).

Each is followed by a request that must not be answered when the first is refused: nobody knows then where it begins.
"""

from http1_raw import get, talk
from http_targets import HttpTest

SMUGGLED = get(target="/smuggled")
LAST = get("Connection: close", target="/last")
# The inspector knows one path, and GET and HEAD.
SERVED = (200, 404, 405)


class Http1Rows(HttpTest):
    """Runs tables; each row has a connection of its own."""

    # How long a refusal may take; only a row that fails waits for it.
    patience = 10

    def refuse(self, section, *rows, statuses=(400,), begun=False):
        """Rows of (what is wrong, the bytes): refused with one of `statuses`, then the end. Nothing of it reaches a
        backend, or, where it is `begun` with a header that is right, no whole request does."""
        for target in self.targets():
            for what, raw in rows:
                with self.subTest(target=target.kind, rfc9112=section, what=what):
                    self._check_refused(target, raw, statuses, begun)

    def serve_requests(self, section, *rows):
        """Rows of (what is unusual, the bytes, the content of each request in them): all are answered."""
        for target in self.targets():
            for what, raw, *contents in rows:
                with self.subTest(target=target.kind, rfc9112=section, what=what):
                    self._check_served(target, raw, contents)

    def serve_or_refuse(self, section, *rows, statuses=(400,)):
        """Rows as of serve_requests, which a server may be too strict for."""
        for target in self.targets():
            for what, raw, *contents in rows:
                with self.subTest(target=target.kind, rfc9112=section, what=what):
                    heard = self.talk(target, raw + LAST)
                    if heard.statuses and heard.statuses[0] in statuses:
                        self._check_refused(target, raw, statuses, begun=True)
                    else:
                        self._check_served(target, raw, contents)

    def talk(self, target, raw):
        return talk(target.port, raw, timeout=self.patience)

    def _check_refused(self, target, raw, statuses, begun):
        target.take()
        before = target.received_bytes()
        heard = self.talk(target, raw + SMUGGLED)
        self.assertEqual((len(heard.statuses), heard.rest, heard.end), (1, b"", "closed"), f"answered {heard.statuses}")
        self.assertIn(heard.statuses[0], statuses)
        self.assertEqual(heard.responses[0].fields.get("connection"), "close")
        if heard.statuses[0] == 400:  # Not so what is merely too large.
            self.assertIsNotNone(target.reason(heard))
        self.assertEqual(target.take(), ([], []))
        if not begun:
            self.assertEqual(target.received_bytes() - before, 0, "bytes of it reached the backend")

    def _check_served(self, target, raw, contents):
        target.take()
        heard = self.talk(target, raw + LAST)
        right = (len(contents) + 1, b"", "closed")
        self.assertEqual((len(heard.statuses), heard.rest, heard.end), right, f"answered {heard.statuses}")
        self.assertEqual(set(heard.statuses) - set(SERVED), set())
        requests, offences = target.take()
        self.assertEqual(offences, [])
        if target.recorder:
            self.assertEqual([each.body for each in requests], [*contents, b""])
            self.assertEqual(requests[-1].target, b"/last")
