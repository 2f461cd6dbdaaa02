"""gRPC, its own library on both ends: through h2 over TLS to an h2c backend, with trailers.

One test for each process, as ctest has it: once the library is used, no other process can be started safely.
"""

import functools
import os
import queue
import unittest
from concurrent import futures

from backends import TellingChild
from certificates import Authority
from gateway import ROOT
from grpc_echo import SERVICE, Stub, grpc
from processes import PATIENCE
from roads import HttpTest


class Grpc(HttpTest):
    def setUp(self):
        super().setUp()
        authority = Authority(self.folder)
        self.certificate = authority.issue(["localhost"])
        script = ROOT / "tests" / "support" / "python" / "grpc_echo.py"
        self.service = self.closing(TellingChild(["/usr/bin/python3", "-B", script]))
        self.url = f"h2c://127.0.0.1:{self.service.wait_for('listening')['port']}"
        self.gateway = self.serve_http(f'alpn = "h2"\nhttp = "{self.url}"')
        self.stub = self.closing(Stub(f"localhost:{self.gateway.port}", authority.certificate))
        self.call = functools.partial(self.stub.say, timeout=PATIENCE)

    def assertCalled(self, method, **facts):
        line = self.gateway.wait_for_request(path=f"/{SERVICE}/{method}")
        self.assertFacts(line, method="POST", protocol="h2", backend_protocol="h2c", **facts)

    def test_unary(self):
        answer, call = self.stub.say.with_call(b"hello", timeout=PATIENCE, metadata=[("x-mine", "1")])
        self.assertEqual((answer, call.code()), (b"hello", grpc.StatusCode.OK))
        self.assertIn(("x-initial", "first"), call.initial_metadata())
        self.assertIn(("x-trailing", "last"), call.trailing_metadata())
        self.assertIn(("x-binary-bin", b"\0\xff"), call.trailing_metadata())
        metadata = self.service.wait_for("said")["metadata"]
        self.assertEqual((metadata["x-mine"], metadata["x-forwarded-proto"]), ("1", "https"))
        # Each message has five bytes in front of it.
        self.assertCalled("Say", status=200, reason=None, error=None, bytes_in=10, bytes_out=10)

    def test_sizes(self):
        for size in (0, 1, 16384, 65536, 5 * 1024 * 1024):
            with self.subTest(size=size):
                message = os.urandom(size)
                self.assertEqual(self.call(message), message)

    def test_server_streams(self):
        call = self.stub.count(b"1000", timeout=PATIENCE)
        self.assertEqual([int(each) for each in call], list(range(1000)))
        self.assertIn(("x-trailing", "last"), call.trailing_metadata())
        self.assertCalled("Count", status=200, reason=None)

    def test_client_streams(self):
        pieces = [os.urandom(1000) for _ in range(200)]
        self.assertEqual(self.stub.join(iter(pieces), timeout=PATIENCE), b"".join(pieces))
        self.assertCalled("Join", status=200, reason=None, bytes_in=200 * 1005)

    def test_both_stream(self):
        outgoing = queue.SimpleQueue()
        call = self.stub.talk(iter(outgoing.get, None), timeout=PATIENCE)
        # Each message is answered before the next is sent, so nobody between may wait for more.
        for size in (0, 1, 100, 100000, 1):
            message = os.urandom(size)
            outgoing.put(message)
            self.assertEqual(next(call), message)
        outgoing.put(None)
        self.assertEqual(list(call), [])
        self.assertEqual(call.code(), grpc.StatusCode.OK)
        self.assertIn(("x-trailing", "last"), call.trailing_metadata())
        self.assertCalled("Talk", status=200, reason=None)

    def test_error_in_the_trailers(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stub.fail(b"", timeout=PATIENCE)
        error = caught.exception
        self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(error.details(), "not today: häßlich")
        self.assertIn(("x-trailing", "last"), error.trailing_metadata())
        self.assertCalled("Fail", status=200, reason=None)

    def test_method_that_is_not_there(self):
        unknown = self.stub.channel.unary_unary("/simplon.test.Echo/Unknown")
        with self.assertRaises(grpc.RpcError) as caught:
            unknown(b"", timeout=PATIENCE)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_cancelled_by_the_client(self):
        call = self.stub.wait.future(b"")
        self.service.wait_for("waiting")
        call.cancel()
        self.service.wait_for("cancelled")
        self.assertCalled("Wait", reason="client_closed")
        self.assertEqual(self.call(b"still there"), b"still there")

    def test_deadline(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stub.wait(b"", timeout=0.5)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.service.wait_for("cancelled")

    def test_many_at_once(self):
        with futures.ThreadPoolExecutor(16) as pool:
            messages = [os.urandom(1000 + number) for number in range(200)]
            self.assertEqual(list(pool.map(self.call, messages)), messages)

    def test_service_that_is_down(self):
        self.service.close()
        with self.assertRaises(grpc.RpcError) as caught:
            self.call(b"hello")
        # What gRPC makes of an answer of 502 without a grpc-status.
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertCalled("Say", status=502)


if __name__ == "__main__":
    unittest.main()
