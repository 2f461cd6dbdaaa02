"""The README's configuration, as its reader would try it: check, explain, serve; explain foretells the log."""

import json
import re
import unittest

import clients
from backends import Echo, OpensslServer
from certificates import make_self_signed
from gateway import ROOT, GatewayTest, simplon

# Server name, offer, TLS version; then the route that wins and what is selected, or the alert.
CLIENTS = (
    ("www.example.com", ["h2", "http/1.1"], "1.3", 4, "h2"),
    ("www.example.com", ["h2", "http/1.1"], "1.2", 4, "h2"),
    ("www.example.com", ["http/1.1"], "1.3", 4, "http/1.1"),
    ("www.example.com", None, "1.2", 4, None),
    (None, ["h2"], "1.3", 4, "h2"),
    ("chat.example.com", ["xmpp-client"], "1.3", 3, "xmpp-client"),
    ("chat.example.com", ["xmpp-server", "xmpp-client"], "1.2", 3, "xmpp-client"),
    ("chat.example.com", ["http/1.1"], "1.3", 4, "http/1.1"),
    ("a.shop.example.com", ["h2"], "1.3", 2, None),
    ("a.shop.example.com", None, "1.2", 2, None),
    ("www.example.com", ["acme-tls/1"], "1.3", 1, None),
    ("www.example.com", ["xmpp-client"], "1.3", None, 120),
    ("www.example.com", ["acme-tls/1", "unknown"], "1.2", None, 120),
)


def configuration_in_readme():
    blocks = re.findall(r"^```toml\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    return next(block for block in blocks if "[[listen]]" in block)


class Readme(GatewayTest):
    def setUp(self):
        super().setUp()
        ours = make_self_signed(self.folder, ["example.com", "*.example.com"], label="fullchain")
        ours.chain.rename(self.folder / "fullchain.pem")
        ours.key.rename(self.folder / "privkey.pem")
        self.ours = ours.fingerprint
        theirs = make_self_signed(self.folder, ["backend"], label="backend")
        self.theirs = theirs.fingerprint
        acme = self.closing(OpensslServer(theirs, alpn=["acme-tls/1"], www=False))
        shop = self.closing(OpensslServer(theirs))
        chat = self.closing(Echo(b"<stream:features/>"))
        self.configuration = configuration_in_readme()
        for written, real in (
            ("[::]:443", "127.0.0.1:0"),
            ("127.0.0.1:4443", f"127.0.0.1:{acme.port}"),
            ("10.0.0.5:443", f"127.0.0.1:{shop.port}"),
            ("127.0.0.1:5222", f"127.0.0.1:{chat.port}"),
        ):
            self.assertEqual(self.configuration.count(f'"{written}"'), 1, "the README has changed: change this test")
            self.configuration = self.configuration.replace(f'"{written}"', f'"{real}"')
        self.path = self.folder / "simplon.toml"
        self.path.write_text(self.configuration)

    def explain(self, sni, offer, tls):
        arguments = ["-c", self.path, "--tls", tls]
        arguments += ["--sni", sni] if sni else []
        arguments += ["--alpn", ",".join(offer)] if offer else []
        return simplon("explain", *arguments, "--json"), simplon("explain", *arguments)

    def test_check_is_content(self):
        done = simplon("check", "-c", self.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)

    def test_explain_foretells_the_log(self):
        gateway = self.serve(self.configuration)
        for sni, offer, tls, route, answer in CLIENTS:
            with self.subTest(sni=sni, offer=offer, tls=tls):
                done, prose = self.explain(sni, offer, tls)
                foretold = json.loads(done.stdout)
                seen, line = gateway.after(lambda: clients.openssl(gateway.port, offer, tls, sni=sni))
                for name in ("route", "action", "selected", "offered", "sni", "would_reject", "listener"):
                    self.assertEqual(foretold[name], line[name], name)
                self.assertEqual(line["route"], route)
                if route is None:
                    self.assertEqual((done.returncode, prose.returncode), (1, 1))
                    self.assertEqual((seen.alert, line["alert"], foretold["refusal"]["alert"]), (answer,) * 3)
                    self.assertEqual(foretold["refusal"]["reason"], line["reason"])
                    self.assertIn(f"fatal alert {answer}", prose.stdout)
                    continue
                self.assertEqual((done.returncode, prose.returncode), (0, 0))
                self.assertIsNone(foretold["refusal"])
                self.assertEqual(line["selected"], answer)
                self.assertIn(f"route {route} wins", prose.stdout)
                passed = line["action"] == "pass"
                self.assertEqual(seen.certificate, self.theirs if passed else self.ours)
                self.assertEqual(line["verdict"], "passed" if passed else "terminated")
                if not passed:
                    self.assertEqual(seen.selected, answer)

    def test_commands_of_the_readme_work_on_its_configuration(self):
        text = (ROOT / "README.md").read_text()
        commands = re.findall(r"^simplon ((?:check|explain) .*)$", text, re.M)
        self.assertGreaterEqual(len(commands), 3, "the README has changed: change this test")
        for command in commands:
            with self.subTest(command):
                done = simplon(*command.replace("simplon.toml", str(self.path)).split())
                self.assertEqual((done.returncode, done.stderr), (0, ""), done)
                self.assertNotEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
