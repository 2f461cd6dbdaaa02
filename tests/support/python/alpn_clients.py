"""Other people's TLS clients, each offering h2 and http/1.1: what makes one connection to {address}."""

import re
from pathlib import Path

from alpn_servers import VERSIONS as SERVER_VERSIONS
from alpn_servers import first_version
from browsers import CHROMIUM_FLAGS, firefox_command, make_firefox_profile
from certificates import Authority
from clients import build_go, require
from gateway import ROOT
from processes import run

_NODE = """const [host, port] = process.argv.slice(2);
const socket = require('tls').connect({host, port: +port, servername: 'localhost', rejectUnauthorized: false,
  ALPNProtocols: ['h2', 'http/1.1'], minVersion: 'TLSv1.2'}, () => socket.end());
socket.on('error', () => {});
"""

_PYTHON = """import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.set_alpn_protocols(["h2", "http/1.1"])
with context.wrap_socket(socket.create_connection((sys.argv[1], int(sys.argv[2]))), server_hostname="localhost"): pass
"""

# Debian's pycurl is built on the GnuTLS flavour of libcurl.
_CURL_GNUTLS = """import pycurl, sys
curl = pycurl.Curl()
for option, value in ((pycurl.URL, f"https://{sys.argv[1]}:{sys.argv[2]}/"), (pycurl.SSL_VERIFYPEER, 0),
                      (pycurl.SSL_VERIFYHOST, 0), (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_0)):
    curl.setopt(option, value)
curl.perform()
"""

_GO = """package main

import (
	"crypto/tls"
	"os"
)

func main() {
	config := &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", NextProtos: []string{"h2", "http/1.1"}}
	connection, err := tls.Dial("tcp", os.Args[1]+":"+os.Args[2], config)
	if err == nil {
		connection.Close()
	}
}
"""

_JAVA = """import java.security.cert.X509Certificate; import javax.net.ssl.*;
public class Client { public static void main(String[] a) throws Exception {
  TrustManager[] anybody = {new X509ExtendedTrustManager() {
    public void checkClientTrusted(X509Certificate[] c, String t) {}
    public void checkServerTrusted(X509Certificate[] c, String t) {}
    public void checkClientTrusted(X509Certificate[] c, String t, java.net.Socket s) {}
    public void checkServerTrusted(X509Certificate[] c, String t, java.net.Socket s) {}
    public void checkClientTrusted(X509Certificate[] c, String t, SSLEngine e) {}
    public void checkServerTrusted(X509Certificate[] c, String t, SSLEngine e) {}
    public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
  }};
  SSLContext context = SSLContext.getInstance("TLS"); context.init(null, anybody, null);
  try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(a[0], Integer.parseInt(a[1]))) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    socket.setSSLParameters(parameters); socket.startHandshake();
  }
} }
"""

# A browser that has been nowhere yet: sh -c SCRIPT FOLDER TEMPLATE COMMAND... In COMMAND @ stands for the profile.
_FRESH_PROFILE = """profile=$(mktemp -d "$0/profile.XXXXXX") && cp -r "$1/." "$profile" && shift || exit 1
export HOME="$profile" XDG_CONFIG_HOME="$profile" XDG_CACHE_HOME="$profile" TMPDIR="$profile"
export MOZ_CRASHREPORTER_DISABLE=1 DBUS_SESSION_BUS_ADDRESS=disabled:
for each; do shift; case $each in *@) each=${each%@}$profile ;; esac; set -- "$@" "$each"; done
exec "$@"
"""

_ADDRESS = ["{host}", "{port}"]
_URL = "https://{address}/"


class AlpnClients:
    """Commands for `simplon conform --client`; what they need is made in `folder`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.authority = Authority(folder)
        # What they connect to must have it: not all of them can be told to take any.
        self.certificate = self.authority.issue(["localhost", "127.0.0.1"])

    def command(self, name):
        return getattr(self, "_" + re.sub(r"\W+", "_", name.lower()).strip("_"))()

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def _curl_openssl(self):
        return [require("curl"), "-sk", "--http2", "--max-time", "10", "--noproxy", "*", "https://{address}/"]

    def _curl_gnutls(self):
        return ["/usr/bin/python3", self._write("curl_gnutls.py", _CURL_GNUTLS), *_ADDRESS]

    def _openssl_s_client(self):
        return ["openssl", "s_client", "-connect", "{address}", "-servername", "localhost", "-alpn", "h2,http/1.1"]

    def _gnutls_cli(self):
        return [require("gnutls-cli"), "--insecure", "--alpn", "h2", "--alpn", "http/1.1", "-p", "{port}", "{host}"]

    def _node(self):
        return [require("node"), self._write("client.js", _NODE), *_ADDRESS]

    def _python(self):
        return ["/usr/bin/python3", self._write("client.py", _PYTHON), *_ADDRESS]

    def _go(self):
        return [build_go(self._write("client.go", _GO), self.folder), *_ADDRESS]

    def _nss(self):
        flags = run(["pkg-config", "--cflags", "--libs", "nss"], check=True).stdout.split()
        program = self.folder / "nss_client"
        run(["cc", "-O1", "-o", program, ROOT / "tests/interop/nss_client.c", *flags], timeout=120, check=True)
        return [program, *_ADDRESS]

    def _browser(self, profile, command):
        return ["sh", "-c", _FRESH_PROFILE, self.folder, profile, *command, _URL]

    def _chromium(self):
        profile = self.folder / "chromium"
        profile.mkdir()
        trusted = f"--ignore-certificate-errors-spki-list={self.certificate.public_key_hash}"
        return self._browser(profile, [require("chromium"), *CHROMIUM_FLAGS, trusted, "--user-data-dir=@"])

    def _firefox(self):
        profile = self.folder / "firefox"
        make_firefox_profile(profile, self.authority, {})
        return self._browser(profile, firefox_command("@"))

    def _java(self):
        run(["javac", "-d", self.folder, self._write("Client.java", _JAVA)], timeout=120, check=True)
        return [require("java"), "-Xshare:auto", "-cp", self.folder, "Client", *_ADDRESS]


# How each one says its version.
VERSIONS = {
    "curl (OpenSSL)": lambda: first_version(["curl", "--version"]),
    "curl (GnuTLS)": lambda: first_version(
        ["/usr/bin/python3", "-c", "import pycurl; print(pycurl.version)"], r"(?<=libcurl/)[\d.]+"
    ),
    "gnutls-cli": lambda: first_version(["gnutls-cli", "--version"]),
    "openssl s_client": SERVER_VERSIONS["openssl s_server"],
    "node": SERVER_VERSIONS["node"],
    "java": SERVER_VERSIONS["java"],
    "go": SERVER_VERSIONS["go"],
    "python": SERVER_VERSIONS["python"],
    "NSS": lambda: first_version(["pkg-config", "--modversion", "nss"]),
    "chromium": lambda: first_version(["chromium", "--version"]),
    "firefox": lambda: first_version(["firefox-esr", "--version"]),
}
