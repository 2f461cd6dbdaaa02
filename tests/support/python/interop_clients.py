"""Other people's TLS clients that need more than a command: `connect(port, offer, tls)` makes one connection to a server
that speaks no HTTP and ends it after the handshake, and says what the client saw."""

import base64
import json
import re
import tempfile
from pathlib import Path

from browsers import BROWSER_PATIENCE, browser_environment, chromium_command, firefox_command, make_firefox_profile
from clients import Seen, from_json, require
from gateway import ROOT
from processes import Child, run

_NO_APPLICATION_PROTOCOL = 120
_LISTED = ("h2", "http/1.1")

# Debian's pycurl is on the GnuTLS flavour of libcurl.
_PYCURL = """import pycurl, sys
curl = pycurl.Curl()
for option, value in ((pycurl.URL, f"https://localhost:{sys.argv[1]}/"), (pycurl.VERBOSE, 1), (pycurl.PROXY, ""),
                      (pycurl.SSL_VERIFYPEER, 0), (pycurl.SSL_VERIFYHOST, 0), (pycurl.TIMEOUT, 20),
                      (pycurl.SSL_ENABLE_ALPN, int(sys.argv[2])), (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_0)):
    curl.setopt(option, value)
curl.perform()
"""


def _curl_saw(text):
    if re.search("no application protocol|No supported application protocol", text):
        return Seen(alert=_NO_APPLICATION_PROTOCOL)
    version = re.search(r"SSL connection using TLSv?(1\.\d)", text)
    if version is None:
        raise AssertionError(f"no handshake, no alert:\n{text}")
    selected = re.search(r"ALPN: server accepted (\S+)", text)
    return Seen(selected and selected[1], version[1])


def curl(port, offer, tls):
    """On OpenSSL. It makes its offer itself."""
    alpn = ["--http2"] if offer else ["--no-alpn"]
    command = [require("curl"), "-svk", "--max-time", "20", "--noproxy", "*", *alpn, f"--tlsv{tls}", "--tls-max", tls]
    return _curl_saw(run([*command, f"https://localhost:{port}/"]).stderr)


def curl_gnutls(port, offer, _):
    """On GnuTLS."""
    return _curl_saw(run(["/usr/bin/python3", "-c", _PYCURL, port, int(offer is not None)]).stderr)


def build_nss(folder):
    flags = run(["pkg-config", "--cflags", "--libs", "nss"], check=True).stdout.split()
    program = folder / "nss_client"
    run(["cc", "-O1", "-o", program, ROOT / "tests/interop/nss_client.c", *flags], timeout=120, check=True)
    return program


def nss(program, port, offer):
    text = run([program, "127.0.0.1", port, ",".join(offer or ["-"])]).stdout
    if "SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL" in text:
        return Seen(alert=_NO_APPLICATION_PROTOCOL)
    version = re.search(r"^TLS (1\.\d)$", text, re.M)
    if version is None:
        raise AssertionError(f"no handshake, no alert:\n{text}")
    selected = re.search(r"^selected: (.*)$", text, re.M)
    return Seen(selected and selected[1], version[1])


def botan(authority, port, offer, _):
    """Of Botan 2, which has TLS 1.2."""
    command = [require("botan"), "tls_client", "localhost", f"--port={port}", "--skip-system-cert-store"]
    alpn = [f"--next-protocols={','.join(offer)}"] if offer else []
    done = run([*command, f"--trusted-cas={authority.certificate}", *alpn])
    if "Alert: no_application_protocol" in done.stdout + done.stderr:
        return Seen(alert=_NO_APPLICATION_PROTOCOL)
    version = re.search(r"^Handshake complete, TLS v(1\.\d)", done.stdout, re.M)
    if version is None:
        raise AssertionError(f"no handshake, no alert:\n{done.stdout}{done.stderr}")
    selected = re.search("^Server choose protocol: (.*)$", done.stdout, re.M)
    return Seen(selected and selected[1], version[1])


def rustls(program, authority, port, offer, tls):
    return from_json(run([program, "client", port, tls, ",".join(offer or ["-"]), authority.certificate]))


def build_java(folder):
    run([require("javac"), "-d", folder, ROOT / "tests/interop/Client.java"], timeout=120, check=True)
    return [require("java"), "-Xshare:auto", "-cp", folder, "Client"]


def java(command, port, offer, tls):
    return from_json(run([*command, port, "localhost", tls, ",".join(offer or ["-"])]))


def chromium(folder, certificate, port):
    """On BoringSSL. What it saw is in its log of the network."""
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        fresh = Path(fresh)
        log = fresh / "net.json"
        trusted = f"--ignore-certificate-errors-spki-list={certificate.public_key_hash}"
        command = [*chromium_command(fresh), trusted, f"--log-net-log={log}", "--dump-dom", f"https://localhost:{port}/"]
        child = Child(command, env=browser_environment(fresh))
        try:
            child.wait(BROWSER_PATIENCE)
        finally:
            child.close()
        return _chromium_saw(json.loads(log.read_text()))


def _chromium_saw(log):
    numbers = log["constants"]["logEventTypes"]
    for event in log["events"]:
        told = event.get("params", {})
        if event["type"] == numbers["SSL_ALERT_RECEIVED"]:
            return Seen(alert=base64.b64decode(told["bytes"])[1])
        if event["type"] == numbers["SSL_CONNECT"] and "next_proto" in told:
            name = told["next_proto"]
            return Seen(name if name in _LISTED else None, told["version"].removeprefix("TLS "))
    raise AssertionError("Chromium did not shake hands")


def firefox(folder, authority, port):
    """On NSS. Of alerts its log has the error that it makes of them: SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL."""
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        fresh = Path(fresh)
        profile = fresh / "profile"
        make_firefox_profile(profile, authority, {})
        environment = {**browser_environment(fresh), "MOZ_LOG": "nsHttp:5"}
        child = Child([*firefox_command(profile), f"https://localhost:{port}/"], env=environment)
        try:
            return child.stderr.wait_for(_firefox_saw, timeout=BROWSER_PATIENCE)
        finally:
            child.close()


def _firefox_saw(lines):
    for line in lines:
        if re.search("nsHttpChannel::OnStartRequest .*status=805a2f7e", line):
            return Seen(alert=_NO_APPLICATION_PROTOCOL)
        selected = re.search("negotiatedNPN: (.*) - transactionNPN", line)
        if selected:
            return Seen(selected[1] or None)
    return None
