"""TLS clients: each is given an offer and a TLS version, connects, and says what it saw."""

import dataclasses
import json
import re
import shutil
import socket
import ssl

from certificates import fingerprint, fingerprint_of_pem
from processes import environment, run


@dataclasses.dataclass
class Seen:
    """One connection as the client tells it."""

    selected: str | None = None  # the protocol; None: no answer, or no handshake
    tls: str | None = None  # "1.2" or "1.3"; None: no handshake
    alert: int | None = None  # the alert that ended it
    certificate: str | None = None  # SHA-256 of the server's certificate
    body: str = ""  # what the server sent, as far as the client shows it


def require(tool):
    """A test without its tool fails: a skipped one would look like a passed one."""
    path = shutil.which(tool)
    if path is None:
        raise AssertionError(f"{tool} is not installed; script/setup --all does that")
    return path


def openssl(port, offer, tls, *, sni="localhost", send=""):
    """`openssl s_client`. `offer` is a list of names, or None for no extension."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", f"-tls{tls.replace('.', '_')}"]
    command += ["-servername", sni] if sni else ["-noservername"]
    if offer is not None:
        command += ["-alpn", ",".join(offer)]
    if send:
        # Stays until the server closes.
        command += ["-ign_eof"]
    done = run(command, stdin=send)
    text = done.stdout + done.stderr
    alert = re.search(r"SSL alert number (\d+)", text)
    if alert:
        return Seen(alert=int(alert[1]), body=text)
    version = re.search(r"^New, TLSv(1\.\d)", text, re.M)
    # TLS 1.2 suites that came with SSL 3.0 or TLS 1.0 are printed with that version; the session has the right one.
    session = re.search(r"^ +Protocol +: TLSv(1\.\d)", text, re.M)
    if session:
        version = session
    selected = re.search(r"^ALPN protocol: (.*)$", text, re.M)
    if version is None or (selected is None and "No ALPN negotiated" not in text):
        raise AssertionError(f"no handshake, no alert:\n{text}")
    return Seen(selected and selected[1], version[1], None, fingerprint_of_pem(text), text)


def curl(port, arguments, tls, *, path="", host="localhost"):
    """`curl`, which makes its offer itself; the body is the response's, `selected` is the HTTP version it spoke."""
    done = run(
        ["curl", "--silent", "--show-error", "--verbose", "--insecure", "--max-time", "20", "--noproxy", "*"]
        + ["--resolve", f"{host}:{port}:127.0.0.1", f"--tlsv{tls}", "--tls-max", tls]
        + [*arguments, f"https://{host}:{port}/{path}"]
    )
    if done.returncode != 0:
        raise AssertionError(f"curl failed with {done.returncode}:\n{done.stderr}")
    selected = re.search(r"ALPN: server accepted (\S+)|ALPN, server accepted to use (\S+)", done.stderr)
    version = re.search(r"SSL connection using TLSv(1\.\d)", done.stderr)
    name = next((group for group in selected.groups() if group), None) if selected else None
    return Seen(name, version[1], None, None, done.stdout)


def gnutls(port, offer, tls, *, sni="localhost"):
    """`gnutls-cli`."""
    command = [require("gnutls-cli"), "--insecure", "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{tls}"]
    command += ["--print-cert", "--sni-hostname", sni, "--port", port]
    for name in offer or []:
        command += ["--alpn", name]
    done = run([*command, "127.0.0.1"])
    text = done.stdout + done.stderr
    alert = re.search(r"Received alert \[(\d+)\]", text)
    if alert:
        return Seen(alert=int(alert[1]), body=text)
    version = re.search(r"^- Description: \(TLS(1\.\d)", text, re.M)
    if version is None:
        raise AssertionError(f"no handshake, no alert:\n{text}")
    selected = re.search(r"^- Application protocol: (.*)$", text, re.M)
    return Seen(selected and selected[1], version[1], None, fingerprint_of_pem(text), text)


def python(port, offer, tls, *, sni="localhost"):
    """Python's ssl module, in this process."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls]
    context.minimum_version = context.maximum_version = version
    if offer is not None:
        context.set_alpn_protocols(offer)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=sni) as tls_socket:
                certificate = fingerprint(tls_socket.getpeercert(binary_form=True))
                version = tls_socket.version().removeprefix("TLSv")
                return Seen(tls_socket.selected_alpn_protocol(), version, None, certificate)
        except ssl.SSLError as error:
            # Python names the alert in OpenSSL's words.
            if "no application protocol" in str(error):
                return Seen(alert=120)
            raise


def node(script, port, offer, tls, *, sni="localhost", path=None):
    """A Node.js program of ours, which prints what it saw as JSON; with `path`, over HTTP."""
    return from_json(run([require("node"), script, port, sni, tls, _listed(offer), *([path] if path else [])]))


def go(binary, port, offer, tls, *, sni="localhost", path=None):
    """A Go program of ours, compiled before, which prints what it saw as JSON; with `path`, over HTTP."""
    return from_json(run([binary, port, sni, tls, _listed(offer), *([path] if path else [])]))


def build_go(source, folder):
    """Compiles a Go program of one file; returns the binary."""
    binary = folder / source.stem
    places = {"GOCACHE": str(folder / "go-cache"), "HOME": str(folder)}
    env = environment(GO111MODULE="off", GOFLAGS="", GOPROXY="off", CGO_ENABLED="0", **places)
    run([require("go"), "build", "-o", binary, source], env=env, timeout=240, check=True)
    return binary


def _listed(offer):
    return "-" if offer is None else ",".join(offer)


def from_json(done):
    """What a program of ours printed."""
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}:\n{done.stdout}{done.stderr}")
    return Seen(**json.loads(done.stdout))
