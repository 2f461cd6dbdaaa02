"""Prometheus's own reader reads the gateway's metrics."""

import unittest
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from gateway import GatewayTest

CONFIGURATION = r"""
[admin]
address = "127.0.0.1:0"
[[listen]]
name = 'with "quotes" and \'
address = "127.0.0.1:0"
[[route]]
alpn = "h2"
pass = ["127.0.0.1:1", "unix:/nowhere"]
"""


class Metrics(GatewayTest):
    def test_are_what_a_scraper_reads(self):
        gateway = self.serve(CONFIGURATION)
        with urllib.request.urlopen(f"http://{gateway.admin}/metrics", timeout=20) as answer:
            self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
            families = {each.name: each for each in text_string_to_metric_families(answer.read().decode())}
        self.assertEqual(families["simplon_connections"].type, "counter")
        self.assertEqual(families["simplon_active_connections"].type, "gauge")
        for histogram in ("simplon_hello_seconds", "simplon_handshake_seconds", "simplon_request_seconds"):
            self.assertEqual(families[histogram].type, "histogram")
        self.assertTrue(all(each.documentation for each in families.values()))
        self.assertFalse([name for name in families if not name.startswith("simplon_")])
        listeners = {sample.labels["listener"] for sample in families["simplon_active_connections"].samples}
        self.assertEqual(listeners, {'with "quotes" and \\'})
        backends = {sample.labels["backend"] for sample in families["simplon_backend_errors"].samples}
        self.assertEqual(backends, {"127.0.0.1:1", "unix:/nowhere"})


if __name__ == "__main__":
    unittest.main()
