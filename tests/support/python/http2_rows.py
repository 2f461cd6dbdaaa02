"""Tables of what a client of HTTP/2 may do wrong, and what a server may answer (RFC 9113)."""

import dataclasses

from http2_raw import PREFACE, PROTOCOL_ERROR, SETTINGS, RawHttp2, code_name, request, settings
from http_targets import HttpTest

# The request that shows that a connection still works, on a stream above all that the tables use.
PROBE_STREAM = 0x100001
PROBE_PATH = "/?probe"
PROBE = request(PROBE_STREAM, method="HEAD", path=PROBE_PATH)


@dataclasses.dataclass(frozen=True)
class Opening:
    """A row's first step that takes the place of a proper preface and SETTINGS (§3.4)."""

    sent: bytes


@dataclasses.dataclass(frozen=True)
class GoesAway:
    """GOAWAY with one of these codes, then the end of the connection (§5.4.1)."""

    codes: tuple

    def holds(self, client):
        return client.end is not None and client.goaway is not None and client.goaway[1] in self.codes

    def __str__(self):
        return " or ".join(f"GOAWAY({code_name(code)})" for code in self.codes)


@dataclasses.dataclass(frozen=True)
class Resets:
    """RST_STREAM with one of these codes, and nothing happens to the connection (§5.4.2)."""

    codes: tuple
    stream: int

    def holds(self, client):
        return client.goaway is None and client.stream(self.stream).reset in self.codes

    def __str__(self):
        return f"stream {self.stream}: " + " or ".join(f"RST_STREAM({code_name(code)})" for code in self.codes)


@dataclasses.dataclass(frozen=True)
class Answers:
    """A final response, and nothing happens to the connection."""

    statuses: tuple
    stream: int

    def holds(self, client):
        stream = client.stream(self.stream)
        return client.goaway is None and stream.status in self.statuses and client.is_answered(self.stream)

    def __str__(self):
        return f"stream {self.stream}: status " + " or ".join(map(str, self.statuses))


class Ignores:
    """No stream and no connection ends for it."""

    def holds(self, client):
        return client.goaway is None and all(stream.reset is None for stream in client.streams.values())

    def __str__(self):
        return "nothing ends"


class HangsUp:
    """The end of the connection; a GOAWAY may come first."""

    def holds(self, client):
        return client.end is not None

    def __str__(self):
        return "the end of the connection"


def connection_error(*codes):
    return GoesAway(codes)


def stream_error(*codes, on=1):
    return Resets(codes, on)


def answered(*statuses, on=1):
    return Answers(statuses, on)


IGNORED = Ignores()
HUNG_UP = HangsUp()
# The inspector answers other methods than GET and HEAD with 405.
SERVED = answered(200, 405)
# §8.1.1: a stream error; a server may send a response before it. An endpoint may be stricter than that.
MALFORMED = (answered(400), stream_error(PROTOCOL_ERROR), connection_error(PROTOCOL_ERROR))


class Http2Rows(HttpTest):
    """Runs tables. A step is bytes to send, or something to call with the client."""

    # How long a right answer may take; only a row that fails waits for it.
    patience = 10

    def check(self, section, *rows):
        """Rows of (what the client does, steps, each answer that is right)."""
        for target in self.targets():
            for what, steps, *allowed in rows:
                with self.subTest(target=target.kind, rfc9113=section, what=what):
                    self._check_row(target, steps, allowed)
                    self.assertEqual(target.take()[1], [], "what reached the backend can be read in two ways")

    def check_malformed(self, section, *rows):
        """Rows of (what is wrong with a request, steps). No such request is whole at a backend."""
        for target in self.targets():
            for what, *steps in rows:
                with self.subTest(target=target.kind, rfc9113=section, what=what):
                    self._check_row(target, steps, MALFORMED)
                    requests, offences = target.take()
                    self.assertEqual(offences, [])
                    self.assertEqual([each for each in requests if each.target != PROBE_PATH.encode()], [])

    def _check_row(self, target, steps, allowed):
        target.take()
        opening = PREFACE + settings()
        if isinstance(steps[0], Opening):
            opening, steps = steps[0].sent, steps[1:]
        with RawHttp2(target.port, opening=opening) as client:
            for step in steps:
                if callable(step):
                    step(client)
                else:
                    client.send(step)
            client.send(PROBE)
            client.wait(
                lambda: client.is_answered(PROBE_STREAM) and any(answer.holds(client) for answer in allowed),
                timeout=self.patience,
            )
            right = any(answer.holds(client) for answer in allowed)
            self.assertTrue(right, f"{client}; right would be {', or '.join(map(str, allowed))}")
            self._check_rest(client)
        if client.goaway:
            self.assertIsNotNone(target.reason(client), str(client))

    def _check_rest(self, client):
        if client.frames:  # §3.4: SETTINGS come first from a server, too.
            self.assertEqual(client.frames[0][0], SETTINGS)
        if client.end is None:
            self.assertEqual(client.stream(PROBE_STREAM).status, 200, f"the connection is of no more use: {client}")
        elif client.goaway:
            self.assertEqual(client.end, "closed", "GOAWAY, but the stream was cut off")
            self.assertLessEqual(client.goaway[0], PROBE_STREAM)
