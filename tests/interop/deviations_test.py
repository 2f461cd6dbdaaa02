"""Others' servers and clients against the cases: each failure is one of tests/data/deviations, which has the reason.

Where a new version of one behaves otherwise, for better or worse, this says so.
"""

import json
import unittest

from alpn_clients import AlpnClients
from alpn_servers import AlpnServers
from certificates import make_self_signed
from gateway import ROOT, GatewayTest, program
from processes import run

_KNOWN = ROOT / "tests/data/deviations"


class Deviations(GatewayTest):
    def assertIsKnown(self, file, *arguments):
        """Exactly those cases fail that the file names."""
        path = _KNOWN / file
        deviations = json.loads(path.read_text())
        done = run([program(), "conform", "--json", "--deviations", path, *arguments], timeout=240)
        cases = json.loads(done.stdout)["cases"]
        failed = {case["id"]: case["deviation"] for case in cases if case["result"] == "failed"}
        self.assertEqual(failed, deviations)
        self.assertEqual((done.returncode, "take it out" in done.stderr), (0, False), done.stderr)

    def server(self, name):
        child, port = AlpnServers(self.folder, make_self_signed(self.folder, ["localhost"])).start(name)
        self.closing(child)
        return f"localhost:{port}"

    def client(self, name):
        return ["--client", "--timeout", "30", "--", *AlpnClients(self.folder).command(name)]

    def test_the_server_haproxy(self):
        self.assertIsKnown("server-haproxy.json", self.server("haproxy"))

    def test_the_server_hitch(self):
        self.assertIsKnown("server-hitch.json", self.server("hitch"))

    def test_the_server_gnutls(self):
        self.assertIsKnown("server-gnutls-serv.json", self.server("gnutls-serv"))

    def test_the_server_go(self):
        self.assertIsKnown("server-go.json", self.server("go"))

    def test_the_client_gnutls(self):
        self.assertIsKnown("client-gnutls-cli.json", *self.client("gnutls-cli"))

    def test_the_client_openssl(self):
        self.assertIsKnown("client-openssl.json", *self.client("openssl s_client"))

    def test_one_that_does_better_than_known(self):
        path = self.folder / "deviations.json"
        path.write_text('{"no-overlap": "as released", "own-order": "as released"}')
        server = self.server("openssl s_server")
        done = run([program(), "conform", "--deviations", path, "--case", "no-*", server])
        self.assertEqual(done.returncode, 0, done.stdout)
        # What was not asked is not known to be better.
        self.assertEqual(done.stderr, f'{path}: "no-overlap" passes: take it out\n')


if __name__ == "__main__":
    unittest.main()
