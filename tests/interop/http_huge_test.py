"""Content of 10 GB, both ways, over h2 and http/1.1: whole, unchanged, and in constant memory."""

import http.server
import re
import socketserver
import subprocess
import threading
import unittest
import zlib
from pathlib import Path

from certificates import make_self_signed
from gateway import GatewayTest
from processes import environment

BLOCK = bytes(range(256)) * 4096  # 1 MiB
BLOCKS = 10 * 1000 * 1000 * 1000 // len(BLOCK)
SIZE = BLOCKS * len(BLOCK)
MEMORY = 16 * 1024  # KiB that the gateway may grow by


def checksum(blocks):
    value = 0
    for block in blocks:
        value = zlib.crc32(block, value)
    return value


def read_blocks(stream, size=None):
    """What the stream holds, at most `size` bytes of it."""
    left = size
    while left is None or left > 0:
        block = stream.read(len(BLOCK) if left is None else min(len(BLOCK), left))
        if not block:
            return
        if left is not None:
            left -= len(block)
        yield block


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for _ in range(BLOCKS):
            self.wfile.write(BLOCK)

    def do_PUT(self):
        size = int(self.headers["Content-Length"])
        body = f"{size} {checksum(read_blocks(self.rfile, size))}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Backend(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()

    def close(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Huge(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.expected = checksum(BLOCK for _ in range(BLOCKS))

    def setUp(self):
        super().setUp()
        identity = make_self_signed(self.folder, ["localhost"])
        backend = self.closing(Backend())
        self.gateway = self.serve(
            f"""[[listen]]
address = "127.0.0.1:0"
[[certificate]]
chain = "{identity.chain}"
key = "{identity.key}"
[[route]]
http = "http://127.0.0.1:{backend.server_address[1]}"
"""
        )
        self.assertEqual(self.curl("--http2", "-I").returncode, 0)  # the gateway has all that one request takes
        self.before = self.peak()

    def peak(self):
        """KiB of memory that the gateway has ever had."""
        status = Path(f"/proc/{self.gateway.child.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    def curl(self, *arguments, **options):
        command = ["curl", "-sSk", *arguments, self.gateway.url]
        return subprocess.run(command, env=environment(), stdin=subprocess.PIPE, capture_output=True, **options)

    def assertConstantMemory(self):
        self.assertLess(self.peak() - self.before, MEMORY)

    def download(self, version):
        command = ["curl", "-sSk", version, self.gateway.url]
        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as child:
            self.assertEqual(checksum(read_blocks(child.stdout)), self.expected)
        self.assertEqual(child.returncode, 0)
        self.assertFacts(self.gateway.wait_for_request(method="GET"), status=200, bytes_out=SIZE, reason=None)
        self.assertConstantMemory()

    def upload(self, version):
        path = self.folder / "content"
        with path.open("wb") as content:
            for _ in range(BLOCKS):
                content.write(BLOCK)
        done = self.curl(version, "--upload-file", path)
        self.assertEqual(done.stdout.decode(), f"{SIZE} {self.expected}", done.stderr)
        self.assertFacts(self.gateway.wait_for_request(method="PUT"), status=200, bytes_in=SIZE, reason=None)
        self.assertConstantMemory()

    def test_download_over_h2(self):
        self.download("--http2")

    def test_download_over_http1(self):
        self.download("--http1.1")

    def test_upload_over_h2(self):
        self.upload("--http2")

    def test_upload_over_http1(self):
        self.upload("--http1.1")


if __name__ == "__main__":
    unittest.main()
