"""Who does not read holds up the other side, and nobody else: no part of the way takes in what it can't hand on."""

import contextlib
import json
import time
import unittest

from exchanges import pattern
from processes import wait_until
from roads import HttpTest, on_every_road

MEGABYTE = 1024 * 1024
HUGE = 4096 * MEGABYTE
# Four buffers of the kernel lie between an application and its client: by Linux's defaults 6 MB to receive, 4 to send.
MOST_ON_THE_WAY = 32 * MEGABYTE


class Backpressure(HttpTest):
    def setUp(self):
        super().setUp()
        # What is not read hides that its sender has left, so that some connections are still open at the end.
        self.roads = self.build_roads(top='[limits]\ndrain_timeout = "500ms"')

    def sent_by_all(self, road):
        return json.loads(road.ask("/progress").body)["sent"]

    def wait_until_quiet(self, road):
        """The bytes that the application has sent, when it has sent none for a second."""
        last = [-1, 0.0]

        def quiet():
            sent, now = self.sent_by_all(road), time.monotonic()
            if sent != last[0]:
                last[:] = [sent, now]
            return now - last[1] > 1 and sent

        return wait_until(quiet, "the application to be held up")

    @on_every_road
    def test_client_that_does_not_read(self, road):
        before = self.sent_by_all(road)
        stream = road.open("POST", f"/bytes/{HUGE}")
        with contextlib.closing(stream):
            stream.end()
            self.assertEqual(stream.head()[0], 200)
            first = self.wait_until_quiet(road) - before
            self.assertLess(first, MOST_ON_THE_WAY)
            # It goes on as the client does.
            self.assertEqual(stream.receive(first + MEGABYTE), pattern(first + MEGABYTE))
            self.assertLess(self.wait_until_quiet(road) - before, first + MEGABYTE + MOST_ON_THE_WAY)

    @on_every_road
    def test_backend_that_does_not_read(self, road):
        stream = road.open("POST", "/ignore")
        with contextlib.closing(stream):
            self.assertLess(stream.send_until_blocked(HUGE), MOST_ON_THE_WAY)
            self.assertEqual(road.ask("/small/1").status, 200)

    @on_every_road
    def test_stream_beside_one_that_is_not_read(self, road):
        if road.protocol != "h2":
            return
        held = road.open("POST", f"/bytes/{HUGE}")
        with contextlib.closing(held):
            held.end()
            held.head()
            self.wait_until_quiet(road)
            beside = held.connection.open("GET", f"/bytes/{3 * MEGABYTE}", end=True)
            self.assertEqual(len(beside.rest()), 3 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
