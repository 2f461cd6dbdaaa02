"""Real ACME clients get certificates through the gateway by tls-alpn-01 (RFC 8737), on the port where h2 goes on."""

import json
import socket
import ssl
import threading
import unittest

from certificates import Authority, make_self_signed
from gateway import GatewayTest
from ports import free_port, is_open
from processes import Child, environment, run, wait_until

NAME = "app.example.test"


class AcmeServer:
    """Pebble, which asks for challenges at one port, and a DNS server that knows every name as 127.0.0.1."""

    def __init__(self, folder, tls_port):
        self._authority = Authority(folder)
        identity = self._authority.issue(["localhost"], "acme")
        self.roots = self._authority.certificate
        dns = free_port(socket.SOCK_DGRAM)
        self.port = free_port()
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": "",
            "certificate": str(identity.chain),
            "privateKey": str(identity.key),
            "httpPort": free_port(),
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False,
        }
        file = folder / "pebble.json"
        file.write_text(json.dumps({"pebble": settings}))
        self._dns = Child(
            ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{dns}", "-defaultIPv6", ""]
            + ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", ""]
        )
        self._server = Child(
            ["pebble", "-config", file, "-dnsserver", f"127.0.0.1:{dns}"],
            env=environment(PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0"),
        )
        wait_until(lambda: is_open(self.port), "pebble listens")

    @property
    def directory(self):
        return f"https://localhost:{self.port}/dir"

    def __str__(self):
        return f"{self._server}\n{self._dns}"

    def close(self):
        self._server.close()
        self._dns.close()


class Requests:
    """h2 requests on the gateway's port, one after another, until the end."""

    def __init__(self, port):
        self._command = ["curl", "-sk", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}\n"]
        self._url = f"https://localhost:{port}/"
        self.answers = []
        self._going_on = True
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self):
        while self._going_on:
            self.answers.append(run([*self._command, self._url]).stdout.strip())

    def close(self):
        self._going_on = False
        self._thread.join()


class Acme(GatewayTest):
    """Each client gets a certificate while others ask for the page over h2."""

    def setUp(self):
        super().setUp()
        self.other = make_self_signed(self.folder, ["localhost"], "other")

    def gateway(self, challenges):
        return self.serve(
            f"""[[listen]]
address = "127.0.0.1:0"
[[certificate]]
chain = "{self.other.chain}"
key = "{self.other.key}"
[[route]]
alpn = {{ only = "acme-tls/1" }}
{challenges}
[[route]]
inspect = true
"""
        )

    def answer_with(self, chain, key):
        """What another gateway with this certificate serves, as its client verified it."""
        gateway = self.serve(
            f"""[[listen]]
address = "127.0.0.1:0"
[[certificate]]
chain = "{chain}"
key = "{key}"
[[route]]
inspect = true
"""
        )
        context = ssl.create_default_context()
        context.check_hostname = True
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(chain)  # its chain ends in a root that pebble made up at its start
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        with socket.create_connection(gateway.addresses[0]) as plain:
            with context.wrap_socket(plain, server_hostname=NAME) as connected:
                return connected.getpeercert()

    def assertServed(self, chain, key):
        names = [name for kind, name in self.answer_with(chain, key)["subjectAltName"] if kind == "DNS"]
        self.assertEqual(names, [NAME])

    def assertUndisturbed(self, requests):
        requests.close()
        self.assertEqual(set(requests.answers), {"2 200"})

    def test_lego_behind_pass(self):
        solver = free_port()
        gateway = self.gateway(f'pass = "127.0.0.1:{solver}"')
        server = self.closing(AcmeServer(self.folder, gateway.port))
        requests = self.closing(Requests(gateway.port))
        path = self.folder / "lego"
        done = run(
            ["lego", "--server", server.directory, "--path", path, "--email", "me@example.test", "--accept-tos"]
            + ["--domains", NAME, "--tls", "--tls.port", f"127.0.0.1:{solver}", "run"],
            env=environment(LEGO_CA_CERTIFICATES=str(server.roots)),
        )
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}\n{server}")
        self.assertUndisturbed(requests)
        self.assertFacts(
            gateway.wait_for_connection(action="pass"), sni=NAME, offered=["acme-tls/1"], verdict="passed", reason=None
        )
        self.assertServed(path / "certificates" / f"{NAME}.crt", path / "certificates" / f"{NAME}.key")

    def test_dehydrated_behind_acme_dir(self):
        challenges = self.folder / "challenges"
        challenges.mkdir()
        gateway = self.gateway(f'acme_dir = "{challenges}"')
        server = self.closing(AcmeServer(self.folder, gateway.port))
        requests = self.closing(Requests(gateway.port))
        base = self.folder / "dehydrated"
        base.mkdir()
        (base / "domains.txt").write_text(f"{NAME}\n")
        config = base / "config"
        config.write_text(
            f'CA="{server.directory}"\nBASEDIR="{base}"\nCHALLENGETYPE="tls-alpn-01"\nALPNCERTDIR="{challenges}"\n'
            f'CURL_OPTS="--cacert {server.roots}"\nKEY_ALGO=prime256v1\n'
        )
        for arguments in (["--register", "--accept-terms"], ["--cron"]):
            done = run(["dehydrated", "-f", config, *arguments])
            self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}\n{server}")
        self.assertUndisturbed(requests)
        self.assertFacts(
            gateway.wait_for_connection(action="acme_dir"),
            sni=NAME,
            offered=["acme-tls/1"],
            selected="acme-tls/1",
            verdict="terminated",
            reason=None,
        )
        self.assertServed(base / "certs" / NAME / "fullchain.pem", base / "certs" / NAME / "privkey.pem")


if __name__ == "__main__":
    unittest.main()
