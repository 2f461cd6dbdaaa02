"""`simplon conform` against this gateway, which passes whole, and against servers of others, which do not."""

import json
import unittest
import xml.etree.ElementTree

from backends import GnutlsServer, OpensslServer
from certificates import make_self_signed
from gateway import GatewayTest, program
from processes import run


class Conform(GatewayTest):
    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, ["localhost"])

    def conform(self, port, *arguments):
        return run([program(), "conform", f"localhost:{port}", *arguments])

    def failed(self, port, *arguments, status):
        """The ids of the cases that fail in TLS 1.3 and must not."""
        done = self.conform(port, "--json", *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        cases = json.loads(done.stdout)["cases"]
        self.assertGreater(len(cases), 50)
        return {
            case["id"]
            for case in cases
            if (case["tls"], case["demand"], case["result"]) == ("1.3", "must", "failed")
        }

    def test_this_gateway_passes_whole(self):
        gateway = self.serve_page(self.certificate, 'alpn = "h2"', 'alpn = ["http/1.1", "none"]')
        done = self.conform(gateway.port)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(" 0 failed, ", done.stdout)
        self.assertIn("selects h2, http/1.1\n", done.stdout)

    def test_openssl_passes(self):
        server = self.closing(OpensslServer(self.certificate, alpn=("h2", "http/1.1")))
        self.assertEqual(self.failed(server.port, status=0), set())

    def test_gnutls_is_lenient(self):
        server = self.closing(GnutlsServer(self.certificate, "--alpn", "h2", "--alpn", "http/1.1"))
        failed = self.failed(server.port, status=1)
        self.assertIn("no-overlap", failed)
        deviations = self.folder / "deviations.json"
        deviations.write_text(json.dumps(dict.fromkeys(failed, "as released")))
        self.failed(server.port, "--deviations", deviations, status=0)
        text = self.conform(server.port, "--deviations", deviations, "--case", "no-overlap").stdout
        self.assertRegex(text, r"(?m)^known +TLS 1\.3 +no-overlap ")
        self.assertIn("known: as released", text)
        report = self.folder / "report.xml"
        self.conform(server.port, "--junit", report, "--case", "no-*")
        suite = xml.etree.ElementTree.parse(report).getroot()
        self.assertEqual(suite.get("tests"), str(len(suite.findall("testcase"))))
        self.assertEqual(suite.get("failures"), "2")
        self.assertEqual(len(suite.findall("testcase/failure")), 2)

    def test_one_that_selects_nothing_is_told(self):
        server = self.closing(OpensslServer(self.certificate))
        done = self.conform(server.port)
        self.assertEqual(done.returncode, 3)
        self.assertIn("selects none of the registered protocols", done.stderr)

    def test_deviations_of_no_case_are_refused(self):
        deviations = self.folder / "deviations.json"
        deviations.write_text('{"no-such-case": "reason"}')
        done = self.conform(1, "--deviations", deviations)
        self.assertEqual(done.returncode, 3)
        self.assertIn('there is no case "no-such-case"', done.stderr)


if __name__ == "__main__":
    unittest.main()
