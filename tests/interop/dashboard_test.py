"""The dashboard in Chromium, with real traffic behind it."""

import contextlib
import secrets
import socket
import ssl
import unittest
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from devtools import Browser
from roads import HttpTest

HOSTILE = b"<img/src=x><b>bold</b>" + b"&amp;" + b"x" * 150

# The least contrast of text with what is behind it, over all elements that have text (WCAG 2.1, 1.4.3).
CONTRAST = """(() => {
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((each) => each / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parts(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let least = [99, ''];
  for (const element of document.body.querySelectorAll('*')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
    if (text === '' || element.closest('noscript') || element.disabled || !element.checkVisibility()) continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least[0]) least = [ratio, text];
  }
  return least;
})()"""


class Dashboard(HttpTest):
    names = ("localhost", "app.example.com")

    def setUp(self):
        super().setUp()
        self.browser = self.closing(Browser(self.folder))

    def serve_behind(self, admin=""):
        return self.serve_http(
            'alpn = ["h2", "http/1.1"]\ninspect = true',
            'alpn = "postgresql"\ntcp = ["127.0.0.1:1", "unix:/nowhere"]',
            top=f'[admin]\naddress = "127.0.0.1:0"\n{admin}',
        )

    def connect(self, gateway, *names):
        """A client that offers these, after its handshake."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if names:
            context.set_alpn_protocols(names)
        plain = socket.create_connection((gateway.host, gateway.port), timeout=20)
        return self.closing(context.wrap_socket(plain, server_hostname="app.example.com"))

    def make_traffic(self, gateway):
        for names in [("h2", "http/1.1")] * 5 + [("http/1.1",)] * 2:
            self.connect(gateway, *names).close()
        for names in [("unknown/1",)] * 3 + [()]:
            with contextlib.suppress(ssl.SSLError, OSError):
                self.connect(gateway, *names).close()
        for _ in range(5):
            with contextlib.suppress(ssl.SSLError, OSError):
                self.connect(gateway, "postgresql").recv(1)
        gateway.wait_for_connections(16)
        # Two who stay, one of them with a name that would be markup.
        self.connect(gateway, "h2", HOSTILE.decode())
        self.connect(gateway, "http/1.1")

    def open(self, gateway, **looks):
        return self.browser.open(f"http://{gateway.admin}/", **looks)

    def wait_for_numbers(self, page):
        page.wait_for("document.querySelector('#active')?.textContent === '2'", "both connections")
        page.wait_for("document.querySelectorAll('#connection-rows tr').length === 2", "the rows of both")

    def assert_no_complaint(self, page):
        self.assertEqual(page.complaints(), [])

    def test_shows_the_numbers_of_metrics(self):
        gateway = self.serve_behind()
        self.make_traffic(gateway)
        page = self.open(gateway)
        self.wait_for_numbers(page)
        with urllib.request.urlopen(f"http://{gateway.admin}/metrics", timeout=20) as answer:
            families = text_string_to_metric_families(answer.read().decode())
            samples = [sample for family in families for sample in family.samples]

        def metric(name, label):
            found = {}
            for sample in samples:
                if sample.name == name and sample.value:
                    found[sample.labels[label]] = found.get(sample.labels[label], 0) + int(sample.value)
            return found

        protocols = page.ask(
            "[...document.querySelectorAll('#protocols li')].map((row) => [row.querySelector('.name').textContent,"
            " row.querySelector('.of-offered').textContent, row.querySelector('.of-selected').textContent])"
        )
        named = {"" if name == "no ALPN" else name: (int(a), int(b)) for name, a, b in protocols}
        offered, selected = metric("simplon_offered_total", "alpn"), metric("simplon_negotiated_total", "alpn")
        self.assertEqual({name: count for name, (count, _) in named.items() if count}, offered)
        self.assertEqual({name: count for name, (_, count) in named.items() if count}, selected)
        self.assertEqual(offered["h2"], 6)
        reasons = page.ask(
            "[...document.querySelectorAll('#reasons li')].map((row) => [row.dataset.key,"
            " row.querySelector('b').textContent])"
        )
        expected = {f"rejects {name}": n for name, n in metric("simplon_rejects_total", "reason").items()}
        expected |= {f"failures {name}": n for name, n in metric("simplon_failures_total", "reason").items()}
        self.assertEqual({key: int(count) for key, count in reasons}, expected)
        self.assertEqual(expected["rejects no_common_protocol"], 3)
        self.assertEqual(page.ask("document.querySelector('#active').textContent"), "2")
        self.assertIn("29 days left", page.ask("document.querySelector('#certificates').innerText"))
        backends = page.ask("document.querySelector('#backends').innerText")
        self.assertEqual(backends.count("5 errors"), 2)
        self.assertEqual(page.ask("document.querySelector('#state-text').textContent"), "Serving")
        self.assertIn("Active connections: now 2", page.ask("document.querySelector('#active-chart svg').ariaLabel"))
        # Of the last minute, as long as the page is open.
        self.connect(gateway, "h2").close()
        page.wait_for(r"/^[\d.]+ (µs|ms|s)$/.test(document.querySelector('#p99').textContent)", "a latency")
        self.assert_no_complaint(page)

    def test_shows_names_as_text(self):
        gateway = self.serve_behind()
        self.make_traffic(gateway)
        page = self.open(gateway)
        self.wait_for_numbers(page)
        self.assertIn("<b>bold</b>", page.ask("document.querySelector('#connections').innerText"))
        self.assertEqual(page.ask("document.querySelectorAll('#connections b, #connections img').length"), 0)
        self.assert_no_complaint(page)

    def test_follows_what_happens(self):
        gateway = self.serve_behind()
        page = self.open(gateway)
        page.wait_for("document.querySelector('#protocols-empty')?.hidden === false", "an empty page")
        client = self.connect(gateway, "h2")
        page.wait_for("document.querySelector('#active')?.textContent === '1'", "the connection")
        page.wait_for("document.querySelector('#protocols .of-selected')?.textContent === '1'", "its protocol")
        client.close()
        page.wait_for("document.querySelector('#active')?.textContent === '0'", "its end")
        # The stream breaks off, and the page says so.
        self.assertEqual(gateway.stop(), 0)
        page.wait_for("document.querySelector('#state').dataset.state === 'lost'", "the end of the gateway")

    def test_can_be_read_in_light_and_in_dark(self):
        gateway = self.serve_behind()
        self.make_traffic(gateway)
        papers = set()
        for dark in (False, True):
            page = self.open(gateway, dark=dark)
            self.wait_for_numbers(page)
            papers.add(page.ask("getComputedStyle(document.body).backgroundColor"))
            ratio, text = page.ask(CONTRAST)
            self.assertGreaterEqual(ratio, 4.5, f"{text!r}, dark: {dark}")
        self.assertEqual(len(papers), 2)

    def test_fits_a_phone(self):
        gateway = self.serve_behind()
        self.make_traffic(gateway)
        page = self.open(gateway, width=390, height=844)
        self.wait_for_numbers(page)
        self.assertLessEqual(page.ask("document.documentElement.scrollWidth"), 390)
        self.assert_no_complaint(page)

    def test_asks_for_the_token(self):
        token = secrets.token_hex(16)
        path = self.folder / "token"
        path.touch(mode=0o600)
        path.write_text(token + "\n")
        gateway = self.serve_behind(f'token_file = "{path}"')
        page = self.open(gateway)
        page.wait_for("document.activeElement?.id === 'token'", "the question")
        self.enter(page, "wrong-but-long-enough")
        page.wait_for("document.querySelector('#token-error').textContent !== ''", "the refusal")
        self.assertTrue(page.ask("document.querySelector('#board').hidden"))
        self.enter(page, token)
        page.wait_for("document.querySelector('#state-text')?.textContent === 'Serving'", "the dashboard")
        # It is kept for the tab.
        page.reload()
        page.wait_for("document.querySelector('#state-text')?.textContent === 'Serving'", "the dashboard again")
        self.assertTrue(page.ask("document.querySelector('#ask').hidden"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{gateway.admin}/metrics", timeout=20)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        self.assertTrue(all("401" in each for each in page.complaints()), page.complaints())

    def enter(self, page, token):
        page.ask(f"document.querySelector('#token').value = '{token}'")
        page.ask("document.querySelector('#token-form button').click()")


if __name__ == "__main__":
    unittest.main()
