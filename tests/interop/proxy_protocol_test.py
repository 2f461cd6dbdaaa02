"""The PROXY protocol with others: HAProxy, nginx and hitch write headers to us, HAProxy and nginx read ours."""

import socket
import ssl
import threading
import unittest

from certificates import make_self_signed
from gateway import GatewayTest
from proxies import Haproxy, HeaderRecorder, Hitch, NginxStream, write_pem
from proxy_header import read_header

# Not the address that a proxy connects from, so that it can only come out of a header.
CLIENT = "127.0.0.2"
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


class ProxyTest(GatewayTest):
    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, ["localhost"])

    def gateway(self, action, listen="", *, version=None):
        send_proxy = f'send_proxy = "{version}"' if version else ""
        return self.serve(
            f"""
            [[listen]]
            address = "127.0.0.1:0"
            {listen}
            [[listen]]
            name = "plain"
            address = "127.0.0.1:0"
            redirect = true
            {listen}
            [[certificate]]
            chain = "{self.certificate.chain}"
            key = "{self.certificate.key}"
            [[route]]
            alpn = ["mqtt", "http/1.1", "none"]
            {action}
            {send_proxy}
            """,
            listeners=2,
        )

    def ask(self, port, *, alpn=None, tls="1.3", request=REQUEST, encrypted=True):
        """Connects from CLIENT; its port, and what came until the end."""
        with socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(CLIENT, 0)) as plain:
            own = plain.getsockname()[1]
            if not encrypted:
                plain.sendall(request)
                return own, _read(plain)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls]
            context.minimum_version = context.maximum_version = version
            if alpn:
                context.set_alpn_protocols(alpn)
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), alpn[-1] if alpn else None)
                secure.sendall(request)
                return own, _read(secure)


def _read(connection):
    data = b""
    while some := connection.recv(65536):
        data += some
    return data.decode()


class Senders(ProxyTest):
    """They pass a client's stream to us: the log has the client's address, and TLS goes on as ever."""

    def expect_client(self, gateway, proxy, **options):
        before = len(gateway.connections())
        own, _ = self.ask(proxy.port, **options)
        line = gateway.wait_for_connections(before + 1)[before]
        self.assertFacts(line, client=f"{CLIENT}:{own}", reason=None)
        return line

    def expect_passed(self, make):
        gateway = self.serve_app('proxy_protocol = ["127.0.0.1"]')
        proxy = self.closing(make(gateway.port))
        for tls in ("1.2", "1.3"):
            with self.subTest(tls=tls):
                line = self.expect_client(gateway, proxy, alpn=["x", "mqtt"], tls=tls)
                self.assertFacts(line, selected="mqtt", tls=tls, sni="localhost", verdict="terminated")

    def serve_app(self, listen):
        recorder = self.closing(HeaderRecorder())
        threading.Thread(target=_serve_all, args=(recorder,), daemon=True).start()
        return self.gateway(f'tcp = "127.0.0.1:{recorder.port}"', listen)

    def test_haproxy_v1(self):
        section = "mode tcp\n  server s 127.0.0.1:{} send-proxy"
        self.expect_passed(lambda port: Haproxy(self.folder, section=section.format(port)))

    def test_haproxy_v2(self):
        options = "send-proxy-v2 proxy-v2-options crc32c,authority,unique-id"
        section = "mode tcp\n  unique-id-format %[uuid()]\n  server s 127.0.0.1:{} {}"
        self.expect_passed(lambda port: Haproxy(self.folder, section=section.format(port, options)))

    def test_haproxy_v2_about_tls(self):
        gateway = self.serve_app("proxy_protocol = true")
        options = "ssl verify none sni str(localhost) send-proxy-v2-ssl-cn "
        options += "proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,crc32c,authority"
        pem = write_pem(self.folder, self.certificate)
        section = f"mode tcp\n  server s 127.0.0.1:{gateway.port} {options}"
        proxy = self.closing(Haproxy(self.folder, bind=f"ssl crt {pem} alpn mqtt", section=section))
        self.expect_client(gateway, proxy, alpn=["mqtt"])

    def test_haproxys_own_checks(self):
        # They speak for nobody: LOCAL, and the end of the stream.
        gateway = self.serve_app("proxy_protocol = true")
        server = f"server s 127.0.0.1:{gateway.port} send-proxy-v2 check check-send-proxy inter 200ms"
        self.closing(Haproxy(self.folder, section=f"mode tcp\n  {server}"))
        line = gateway.wait_for_connection(reason="client_closed")
        self.assertTrue(line["client"].startswith("127.0.0.1:"), line)

    def test_nginx_v1(self):
        self.expect_passed(
            lambda port: NginxStream(self.folder, server=f"proxy_pass 127.0.0.1:{port}; proxy_protocol on;")
        )

    def test_hitch(self):
        gateway = self.serve_app("proxy_protocol = true")
        for option in ("--write-proxy-v1=on", "--write-proxy-v2=on"):
            with self.subTest(option):
                # It ends TLS itself, so what follows its header is plain.
                plain = gateway.addresses[1][1]
                hitch = self.closing(Hitch(self.folder, self.certificate, plain, option, "--alpn-protos=http/1.1"))
                request = b"GET /there HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                line = self.expect_client(gateway, hitch, alpn=["http/1.1"], request=request)
                self.assertFacts(line, listener="plain", action="redirect")

    def test_from_elsewhere(self):
        gateway = self.serve_app('proxy_protocol = ["192.0.2.0/24"]')
        proxy = self.closing(Haproxy(self.folder, section=f"mode tcp\n  server s 127.0.0.1:{gateway.port} send-proxy"))
        with self.assertRaises(OSError):
            self.ask(proxy.port)
        self.assertFacts(gateway.wait_for_connections(1)[0], reason="proxy_source_untrusted", verdict="rejected")


def _serve_all(recorder):
    try:
        while True:
            recorder.next()
    except OSError:
        pass


class Receivers(ProxyTest):
    """They tell what they read in our header."""

    def expect_told(self, action, version, proxy, told, **options):
        gateway = self.gateway(f'{action} = "127.0.0.1:{proxy.port}"', version=version)
        for tls in ("1.2", "1.3"):
            with self.subTest(action=action, version=version, tls=tls):
                own, answer = self.ask(gateway.port, tls=tls, **options)
                expected = told.format(client=CLIENT, port=own, gateway=gateway.port)
                self.assertEqual(answer.rpartition("\r\n\r\n")[2] or answer, expected)

    def haproxy(self, bind=""):
        values = "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_authority]"
        answer = f'http-request return status 200 content-type text/plain lf-string "{values}"'
        return self.closing(Haproxy(self.folder, bind=f"accept-proxy {bind}", section=f"mode http\n  {answer}"))

    def nginx(self, listen="", server=""):
        values = "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port"
        return self.closing(
            NginxStream(self.folder, listen=f"proxy_protocol {listen}", server=f'{server} return "{values}";')
        )

    ENDS = "{client} {port} 127.0.0.1 {gateway}"

    def test_haproxy_behind_tcp(self):
        proxy = self.haproxy()
        self.expect_told("tcp", "v1", proxy, self.ENDS + " ", alpn=["mqtt"])
        self.expect_told("tcp", "v2", proxy, self.ENDS + " localhost", alpn=["x", "mqtt"])

    def test_haproxy_behind_pass(self):
        proxy = self.haproxy(f"ssl crt {write_pem(self.folder, self.certificate)} alpn http/1.1")
        self.expect_told("pass", "v1", proxy, self.ENDS + " ", alpn=["http/1.1"])
        self.expect_told("pass", "v2", proxy, self.ENDS + " localhost", alpn=["http/1.1"])

    def test_nginx_behind_tcp(self):
        proxy = self.nginx()
        self.expect_told("tcp", "v1", proxy, self.ENDS, alpn=["mqtt"])
        self.expect_told("tcp", "v2", proxy, self.ENDS, alpn=["mqtt"])

    def test_nginx_behind_pass(self):
        keys = f"ssl_certificate {self.certificate.chain}; ssl_certificate_key {self.certificate.key};"
        proxy = self.nginx("ssl", keys + "ssl_protocols TLSv1.2 TLSv1.3;")
        self.expect_told("pass", "v1", proxy, self.ENDS)
        self.expect_told("pass", "v2", proxy, self.ENDS)

    def test_all_that_is_told(self):
        # Read by hand, for neither HAProxy 2.6 nor nginx 1.22 shows ALPN and TLS.
        recorder = self.closing(HeaderRecorder())
        gateway = self.gateway(f'tcp = "127.0.0.1:{recorder.port}"', version="v2")
        ciphers = {"1.2": b"ECDHE-ECDSA-", "1.3": b"TLS_"}
        for alpn in (["x", "mqtt"], None):
            for tls in ("1.2", "1.3"):
                with self.subTest(alpn=alpn, tls=tls):
                    seen = []
                    reader = threading.Thread(target=lambda: seen.append(recorder.next()), daemon=True)
                    reader.start()
                    own, answer = self.ask(gateway.port, alpn=alpn, tls=tls)
                    reader.join()
                    self.assertEqual(answer, "seen")
                    header = read_header(seen[0])
                    self.assertEqual(seen[0][header.size :], REQUEST)
                    self.assertEqual((header.source, header.destination), ((CLIENT, own), ("127.0.0.1", gateway.port)))
                    self.assertTrue(header.checksum)
                    self.assertEqual(header.tlvs.get(0x01), b"mqtt" if alpn else None)
                    self.assertEqual(header.tlvs[0x02], b"localhost")
                    client, verify, about = header.ssl()
                    self.assertEqual((client, about[0x21]), (1, b"TLSv" + tls.encode()))
                    self.assertNotEqual(verify, 0)
                    self.assertTrue(about[0x23].startswith(ciphers[tls]), about)


class Chain(ProxyTest):
    def test_through_both(self):
        # HAProxy, the gateway, HAProxy: the last one knows the first one's client.
        values = "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_authority]"
        answer = f'http-request return status 200 content-type text/plain lf-string "{values}"'
        last = self.closing(Haproxy(self.folder, bind="accept-proxy", section=f"mode http\n  {answer}"))
        gateway = self.gateway(f'tcp = "127.0.0.1:{last.port}"', "proxy_protocol = true", version="v2")
        for option in ("send-proxy", "send-proxy-v2"):
            with self.subTest(option):
                section = f"mode tcp\n  server s 127.0.0.1:{gateway.port} {option}"
                first = self.closing(Haproxy(self.folder, section=section))
                own, answer = self.ask(first.port)
                self.assertEqual(
                    answer.rpartition("\r\n\r\n")[2], f"{CLIENT} {own} 127.0.0.1 {first.port} localhost"
                )


if __name__ == "__main__":
    unittest.main()
