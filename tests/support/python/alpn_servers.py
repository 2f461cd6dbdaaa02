"""Other people's TLS servers, each set up for h2 and http/1.1 on a port of its own: NAME -> (version, start)."""

import re
import subprocess
from pathlib import Path

from gateway import program
from ports import free_port, is_open
from processes import Child, environment, run, wait_until

_GO = """package main
import ("net/http"; "os")
func main() { http.ListenAndServeTLS("127.0.0.1:"+os.Args[1], os.Args[2], os.Args[3], http.NotFoundHandler()) }
"""

_NODE = """const fs = require('fs');
const [port, cert, key] = process.argv.slice(2);
require('http2').createSecureServer({allowHTTP1: true, cert: fs.readFileSync(cert), key: fs.readFileSync(key)},
  (request, response) => response.end()).listen(+port, '127.0.0.1');
"""

_PYTHON = """import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
context.set_alpn_protocols(["h2", "http/1.1"])
def serve(connection):
    try:
        with context.wrap_socket(connection, server_side=True) as client: client.recv(1)
    except OSError: pass
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True: threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""

_JAVA = """import java.io.*; import java.security.KeyStore; import javax.net.ssl.*;
public class Server { public static void main(String[] a) throws Exception {
  KeyStore store = KeyStore.getInstance("PKCS12");
  store.load(new FileInputStream(a[1]), "simplon".toCharArray());
  KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX"); keys.init(store, "simplon".toCharArray());
  SSLContext context = SSLContext.getInstance("TLS"); context.init(keys.getKeyManagers(), null, null);
  SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(
      Integer.parseInt(a[0]), 50, java.net.InetAddress.getByName("127.0.0.1"));
  SSLParameters parameters = server.getSSLParameters();
  parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"}); parameters.setUseCipherSuitesOrder(true);
  server.setSSLParameters(parameters);
  while (true) { SSLSocket socket = (SSLSocket) server.accept();
    new Thread(() -> { try { socket.getInputStream().read(); socket.close(); } catch (IOException e) { } }).start(); }
} }
"""


class AlpnServers:
    """What they share: a folder, a certificate and its key, and both in one file."""

    def __init__(self, folder, certificate):
        self.folder = Path(folder)
        self.certificate = certificate
        self.both = self.folder / "both.pem"
        self.both.write_text(Path(certificate.chain).read_text() + Path(certificate.key).read_text())
        self.both.chmod(0o600)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def command(self, name, port):
        """What starts it; in the foreground."""
        chain, key = self.certificate.chain, self.certificate.key
        pair = [str(port), chain, key]
        return getattr(self, "_" + re.sub(r"\W", "_", name))(port, chain, key, pair)

    def start(self, name, command=None):
        """A running one, and its port; of `command(port)` where it is none of these. Other programs' logs go nowhere."""
        port = free_port()
        child = Child(command(port) if command else self.command(name, port), cwd=self.folder)
        wait_until(lambda: is_open(port) or child.process.poll() is not None, f"{name} to listen")
        if child.process.poll() is not None:
            child.wait()
            raise AssertionError(str(child))
        return child, port

    def _simplon(self, port, chain, key, _):
        text = f'[[listen]]\naddress = "127.0.0.1:{port}"\n[[certificate]]\nchain = "{chain}"\nkey = "{key}"\n'
        return [program(), "serve", "-c", self.write("simplon.toml", text + "[[route]]\ninspect = true\n")]

    def _nginx(self, port, chain, key, _):
        text = f"""daemon off; pid nginx.pid; error_log stderr; worker_processes 1; events {{}}
http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;
scgi_temp_path s; server {{ listen 127.0.0.1:{port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3;
ssl_certificate {chain}; ssl_certificate_key {key};
location / {{ return 204; }} }} }}"""
        return ["nginx", "-p", self.folder, "-e", "stderr", "-c", self.write("nginx.conf", text)]

    def _haproxy(self, port, *_):
        text = f"""defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind 127.0.0.1:{port} ssl crt {self.both} alpn h2,http/1.1
  http-request return status 200
"""
        return ["haproxy", "-db", "-f", self.write("haproxy.cfg", text)]

    def _apache(self, port, chain, key, _):
        modules = "/usr/lib/apache2/modules"
        text = "".join(
            f"LoadModule {name}_module {modules}/mod_{name}.so\n"
            for name in ("mpm_event", "authz_core", "ssl", "http2", "socache_shmcb")
        )
        text += f"""ServerName localhost
Listen 127.0.0.1:{port}
PidFile apache.pid
ErrorLog /dev/null
Protocols h2 http/1.1
SSLEngine on
SSLCertificateFile {chain}
SSLCertificateKeyFile {key}
User nobody
Group nogroup
"""
        return ["apache2", "-DFOREGROUND", "-d", self.folder, "-f", self.write("apache.conf", text)]

    def _lighttpd(self, port, chain, key, _):
        text = f"""server.modules = ("mod_openssl")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{self.folder}"
ssl.engine = "enable"
ssl.pemfile = "{chain}"
ssl.privkey = "{key}"
"""
        return ["lighttpd", "-D", "-f", self.write("lighttpd.conf", text)]

    def _caddy(self, port, chain, key, _):
        text = f"""{{
  admin off
  auto_https disable_redirects
  servers {{
    protocols h1 h2
  }}
}}
https://localhost:{port} {{
  bind 127.0.0.1
  tls {chain} {key}
}}
"""
        return ["caddy", "run", "--adapter", "caddyfile", "--config", self.write("Caddyfile", text)]

    def _h2o(self, port, chain, key, _):
        text = f"""hosts:
  default:
    listen:
      host: 127.0.0.1
      port: {port}
      ssl: {{certificate-file: "{chain}", key-file: "{key}", ocsp-update-interval: 0}}
    paths:
      "/": {{file.dir: "{self.folder}"}}
"""
        return ["h2o", "-c", self.write("h2o.yaml", text)]

    def _hitch(self, port, *_):
        return ["hitch", f"--frontend=[127.0.0.1]:{port}", "--backend=[127.0.0.1]:1", "--alpn-protos=h2,http/1.1"] + [
            "--user=nobody",
            self.both,
        ]

    def _stunnel(self, port, *_):
        text = f"""foreground = yes
pid =
syslog = no
[tls]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:1
cert = {self.both}
"""
        return ["stunnel4", self.write("stunnel.conf", text)]

    def _nghttpx(self, port, chain, key, _):
        options = ["--no-ocsp", "--workers=1", "--errorlog-file=/dev/null", "--accesslog-file=/dev/null", "--conf=/dev/null"]
        return ["nghttpx", *options, f"--frontend=127.0.0.1,{port}", "--backend=127.0.0.1,1", key, chain]

    def _openssl_s_server(self, port, chain, key, _):
        return ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", chain, "-key", key] + [
            "-alpn",
            "h2,http/1.1",
            "-www",
        ]

    def _gnutls_serv(self, port, chain, key, _):
        return ["gnutls-serv", "--http", "-p", port, "--x509certfile", chain, "--x509keyfile", key] + [
            "--alpn",
            "h2",
            "--alpn",
            "http/1.1",
        ]

    def _selfserv(self, port, *_):
        # NSS's own server has http/1.1 alone.
        database = ["-d", f"sql:{self.folder / 'nss'}"]
        (self.folder / "nss").mkdir()
        store = self.folder / "nss.p12"
        made = ["-export", "-in", self.both, "-out", store, "-passout", "pass:simplon", "-name", "server"]
        run(["openssl", "pkcs12", *made], check=True)
        run(["certutil", "-N", *database, "--empty-password"], check=True)
        run(["pk12util", "-i", store, *database, "-W", "simplon"], check=True)
        return ["selfserv", *database, "-n", "server", "-p", port, "-V", "tls1.2:tls1.3", "-Q"]

    def _node(self, *arguments):
        return ["node", self.write("server.js", _NODE), *arguments[3]]

    def _python(self, *arguments):
        return ["/usr/bin/python3", self.write("server.py", _PYTHON), *arguments[3]]

    def _go(self, *arguments):
        built = self.folder / "go-server"
        cache = {"GOCACHE": str(self.folder / "go-cache"), "GOPATH": str(self.folder / "go"), "HOME": str(self.folder)}
        run(
            ["go", "build", "-o", built, self.write("server.go", _GO)],
            env=environment(GO111MODULE="off", **cache),
            timeout=180,
            check=True,
        )
        return [built, *arguments[3]]

    def _java(self, port, chain, key, _):
        store = self.folder / "java.p12"
        run(
            ["openssl", "pkcs12", "-export", "-in", chain, "-inkey", key, "-out", store, "-passout", "pass:simplon"],
            check=True,
        )
        return ["java", self.write("Server.java", _JAVA), port, store]


def first_version(command, pattern=r"\d+(?:\.\d+)+"):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[0] if found else "?"


# How each one says its version.
VERSIONS = {
    "simplon": lambda: first_version([program(), "--version"]),
    "nginx": lambda: first_version(["nginx", "-v"]),
    "haproxy": lambda: first_version(["haproxy", "-v"]),
    "apache": lambda: first_version(["apache2", "-v"]),
    "lighttpd": lambda: first_version(["lighttpd", "-v"]),
    "caddy": lambda: first_version(["dpkg-query", "-W", "-f=${Version}", "caddy"]),
    "h2o": lambda: first_version(["h2o", "-v"]),
    "hitch": lambda: first_version(["hitch", "-V"]),
    "stunnel": lambda: first_version(["stunnel4", "-version"]),
    "nghttpx": lambda: first_version(["nghttpx", "-v"]),
    "openssl s_server": lambda: first_version(["openssl", "version"]),
    "gnutls-serv": lambda: first_version(["gnutls-serv", "--version"]),
    "node": lambda: first_version(["node", "--version"]),
    "go": lambda: first_version(["go", "version"]),
    "java": lambda: first_version(["java", "--version"]),
    "python": lambda: first_version(["/usr/bin/python3", "--version"]),
}
