"""Clients that keep to HTTP/2's grammar and mean harm: floods, bombs and windows that never open (RFC 9113 §10.5).

Each is one connection. It may be ended or borne; meanwhile another client is served by the same worker, and the memory
of the gateway stays bounded.
"""

import threading
import unittest

from http2_raw import (
    ENHANCE_YOUR_CALM,
    FLOW_CONTROL_ERROR,
    HEADER_TABLE_SIZE,
    INITIAL_WINDOW_SIZE,
    PING,
    PREFACE,
    PROTOCOL_ERROR,
    RawHttp2,
    block,
    continuation,
    data,
    frame,
    headers,
    literal,
    ping,
    priority,
    pseudo_fields,
    request,
    reset,
    settings,
    window_update,
)
from http2_rows import PROBE, PROBE_STREAM
from http_targets import HttpTest
from processes import PATIENCE

GET = block(pseudo_fields())
POST = request(1, method="POST", end=False)
SOME = 20_000
MANY = 200_000
MIB = 1024 * 1024


def odd(count, *, start=1):
    return range(start, start + 2 * count, 2)


class Witness:
    """Another client, that asks again and again on new connections while a test does harm."""

    def __init__(self, port):
        self._port = port
        self._stopped = threading.Event()
        self._served = threading.Semaphore(0)
        self.failures = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def wait(self):
        """Until it has been served once more, by a connection that began after this call."""
        for _ in range(2):
            if not self._served.acquire(timeout=PATIENCE):
                raise AssertionError(f"the other client is not served: {self.failures}")

    def stop(self):
        self._stopped.set()
        self._thread.join(PATIENCE)

    def _ask(self):
        while not self._stopped.is_set():
            try:
                with RawHttp2(self._port) as client:
                    client.send(request(1))
                    if client.wait_for_answer(1).status != 200:
                        self.failures.append(str(client))
            except (AssertionError, OSError) as failure:
                self.failures.append(repr(failure))
            self._served.release()


class Abuse(HttpTest):
    # Above what the gateway held before; sanitizers keep what was freed.
    most_growth = 32 * MIB
    most_growth_sanitized = 512 * MIB

    def abuse(self, act, *, codes=(ENHANCE_YOUR_CALM,), may_be_borne=False, opening=PREFACE + settings()):
        """Has `act` do harm with a client, against each target; the right end of it is a GOAWAY with one of `codes`."""
        for target in self.targets():
            with self.subTest(target=target.kind):
                witness = Witness(target.port)
                try:
                    witness.wait()
                    before = target.most_resident_bytes()
                    with RawHttp2(target.port, opening=opening) as client:
                        act(client)
                        witness.wait()
                        self._check_end(client, codes, may_be_borne)
                    if client.goaway:
                        self.assertIsNotNone(target.reason(client), str(client))
                    witness.wait()
                finally:
                    witness.stop()
                self.assertEqual(witness.failures, [])
                growth = target.most_resident_bytes() - before
                print(f"{self.id()}: {growth // 1024} KiB more; {client}")
                self.assertLess(growth, self.most_growth_sanitized if target.is_sanitized() else self.most_growth)
                self.assertEqual(target.take()[1], [])

    def flood(self, frames, **options):
        """The same with frames, which are sent while answers are read, and once more without reading."""
        self.abuse(lambda client: client.send(frames), **options)
        self.abuse(lambda client: client.push(frames), **options)

    def _check_end(self, client, codes, may_be_borne):
        client.send(PROBE)
        client.wait(lambda: client.is_answered(PROBE_STREAM))
        if client.end is None and may_be_borne:
            self.assertEqual(client.stream(PROBE_STREAM).status, 200, str(client))
        else:
            self.assertIsNotNone(client.goaway, str(client))
            self.assertIn(client.goaway[1], codes, str(client))
            self.assertIsNotNone(client.end)


class Resets(Abuse):
    def test_rapid_reset(self):  # CVE-2023-44487
        self.flood(b"".join(request(number) + reset(number) for number in odd(SOME)))

    def test_rapid_reset_of_requests_with_content(self):
        self.flood(b"".join(request(number, method="POST", end=False) + reset(number) for number in odd(SOME)))

    def test_resets_that_the_server_is_made_to_send(self):  # CVE-2025-8671
        overflow = 2**31 - 1
        frames = b"".join(request(number) + window_update(number, overflow) for number in odd(SOME))
        self.flood(frames, codes=(ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR))

    def test_resets_for_content_of_another_length(self):
        def half_right(number):
            begun = request(number, ("content-length", "1"), method="POST", end=False)
            return begun + data(number, b"two", end=True)

        self.flood(b"".join(map(half_right, odd(SOME))))

    def test_requests_that_are_malformed(self):
        self.flood(b"".join(headers(number, b"") for number in odd(SOME)), may_be_borne=True)

    def test_resets_of_one_stream(self):
        self.flood(request(1) + reset(1) * MANY, codes=(ENHANCE_YOUR_CALM, PROTOCOL_ERROR), may_be_borne=True)

    def test_streams_past_the_limit(self):
        frames = b"".join(request(number, method="POST", end=False) for number in odd(SOME))
        ends = b"".join(reset(number) for number in odd(100))
        self.flood(frames + ends, codes=(ENHANCE_YOUR_CALM, PROTOCOL_ERROR), may_be_borne=True)


class Fields(Abuse):
    def test_continuation_of_nothing(self):  # CVE-2024-28182
        frames = headers(1, GET, whole=False) + continuation(1, b"", whole=False) * SOME
        self.flood(frames, codes=(ENHANCE_YOUR_CALM, PROTOCOL_ERROR))

    def test_continuation_of_fields(self):
        piece = continuation(1, literal("x", "y" * 16000), whole=False)
        self.flood(headers(1, GET, whole=False) + piece * 2000, codes=(ENHANCE_YOUR_CALM, PROTOCOL_ERROR))

    def test_a_field_of_the_table_many_times(self):
        kept = literal("x-kept", "y" * 4000, indexed=True)
        bomb = GET + b"\xbe" * (16384 - len(GET))
        frames = headers(1, GET + kept) + b"".join(headers(number, bomb) for number in odd(90, start=3))

        def act(client):
            client.send(frames)
            for number in odd(90, start=3):
                stream = client.wait_for_answer(number)
                self.assertTrue(client.goaway or stream.status in (400, 431) or stream.reset is not None, str(client))

        self.abuse(act, may_be_borne=True)

    def test_fields_that_are_too_long(self):
        fields = literal("x", "y" * 16000)

        def long_request(number):
            middle = continuation(number, fields, whole=False) * 6
            return headers(number, GET + fields, whole=False) + middle + continuation(number, fields)

        def act(client):
            client.send(b"".join(long_request(number) for number in odd(90)))
            stream = client.wait_for_answer(179)
            self.assertTrue(client.goaway or stream.status in (400, 431) or stream.reset is not None, str(client))

        self.abuse(act, may_be_borne=True)


class Frames(Abuse):
    def test_settings(self):  # CVE-2019-9515
        self.flood(settings() * MANY, may_be_borne=True)

    def test_settings_that_change_the_table(self):
        changes = settings((HEADER_TABLE_SIZE, 0)) + settings((HEADER_TABLE_SIZE, 4096))
        self.flood(changes * SOME, may_be_borne=True)

    def test_ping(self):  # CVE-2019-9512
        self.flood(ping() * MANY, may_be_borne=True)

    def test_ping_acknowledgements(self):
        self.flood(frame(PING, 1, 0, bytes(8)) * MANY, may_be_borne=True)

    def test_data_of_nothing(self):  # CVE-2019-9518
        self.flood(POST + data(1) * MANY, may_be_borne=True)

    def test_data_of_padding(self):
        self.flood(POST + data(1, padding=255) * SOME, may_be_borne=True)

    def test_priority(self):  # CVE-2019-9513
        frames = b"".join(priority(number, 1) for number in odd(MANY, start=3))
        self.flood(frames, may_be_borne=True)

    def test_window_update(self):
        self.flood(window_update(0, 1) * MANY, may_be_borne=True)

    def test_unknown_frames(self):
        self.flood(frame(0xBE, 0, 0) * MANY, may_be_borne=True)


class Windows(Abuse):
    def test_content_past_the_windows(self):
        # The backend of a proxy stops reading, and soon no window is left; the inspector throws the content away.
        frames = request(1, method="POST", path="/?hold", end=False) + data(1, bytes(16384)) * 4000
        self.abuse(lambda client: client.send(frames), codes=(FLOW_CONTROL_ERROR, ENHANCE_YOUR_CALM), may_be_borne=True)

    def test_windows_that_stay_closed(self):  # CVE-2019-9517
        frames = b"".join(request(number, path="/?size=1000000") for number in odd(50))

        def act(client):
            client.send(frames)
            client.wait(client.barrier())

        self.abuse(act, opening=PREFACE + settings((INITIAL_WINDOW_SIZE, 0)), may_be_borne=True)

    def test_windows_that_open_by_one(self):  # CVE-2019-9511
        streams = odd(50)
        frames = b"".join(request(number, path="/?size=1000000") for number in streams)
        drip = b"".join(window_update(number, 1) for number in streams)

        def act(client):
            client.send(frames + drip * 1000)

        self.abuse(act, opening=PREFACE + settings((INITIAL_WINDOW_SIZE, 1)), may_be_borne=True)

    def test_the_connection_s_window_is_never_opened(self):
        frames = b"".join(request(number, path="/?size=1000000") for number in odd(50))

        def act(client):
            client.send(frames)
            client.wait(client.barrier())

        opening = PREFACE + settings((INITIAL_WINDOW_SIZE, 2**31 - 1))
        self.abuse(act, opening=opening, may_be_borne=True)

    def test_those_who_stop_are_ended(self):
        begun = headers(1, GET[:9], whole=False)
        for target in self.targets(limits='idle_timeout = "1s"'):
            for what, opening, frames in (
                ("a window of 0", PREFACE + settings((INITIAL_WINDOW_SIZE, 0)), request(1)),
                ("a field block that never ends", PREFACE + settings(), begun),
                ("content that never ends", PREFACE + settings(), POST),
                ("half a frame", PREFACE + settings(), request(1)[:20]),
                ("no preface", b"", b""),
            ):
                with self.subTest(target=target.kind, what=what):
                    with RawHttp2(target.port, opening=opening, acknowledges=False) as client:
                        client.send(frames)
                        self.assertIsNotNone(client.wait_for_end())
                    self.assertIsNotNone(target.reason(client))


if __name__ == "__main__":
    unittest.main()
