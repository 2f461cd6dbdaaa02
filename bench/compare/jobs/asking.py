"""Clients: each asks once, in the TLS version given, and tells what it saw."""

import json
import re
import socket
import ssl

import clients
import exchanges
from certificates import fingerprint

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_PATIENCE = 10
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def with_curl(port, tls, *options):
    """A request over HTTP from 127.0.0.2; `selected` is the version that was spoken."""
    fixed = ["--interface", "127.0.0.2", f"--tlsv{tls}", "--tls-max", tls, "--max-time", _PATIENCE]
    answer = exchanges.fetch(port, "/", *fixed, *options)
    return {"selected": {"2": "h2", "1.1": "http/1.1"}.get(answer.version), **_told(answer.body)}


def with_s_client(port, tls, *offer):
    """A handshake of `openssl s_client`, which tells whether it was asked for a certificate."""
    seen = clients.openssl(port, list(offer), tls)
    # What a CertificateRequest brings, in both versions.
    return {"selected": seen.selected or "none", "asked": "Requested Signature Algorithms" in seen.body}


def with_python(port, tls, *offer, pieces=None, edit=None, identity=None):
    """A handshake and a request.

    The ClientHello goes out in records of `pieces` bytes, or with its list of protocols replaced by `edit`. An alert
    counts when it is the first that comes: it was sent before the server did anything for the handshake.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = _VERSIONS[tls]
    if offer:
        context.set_alpn_protocols(offer)
    if identity:
        context.load_cert_chain(identity.chain, identity.key)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    received = answer = b""
    seen = {"selected": None}
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as plain:

        def run(act):
            nonlocal received
            while True:
                try:
                    return act()
                except ssl.SSLWantReadError:
                    sent = outgoing.read()
                    plain.sendall(sent if received else _change_hello(sent, pieces, edit))
                    data = plain.recv(65536)
                    if not data:
                        raise ConnectionError("closed") from None
                    received += data
                    incoming.write(data)

        try:
            run(session.do_handshake)
            seen["selected"] = session.selected_alpn_protocol() or "none"
            seen["certificate"] = fingerprint(session.getpeercert(binary_form=True))
            session.write(_REQUEST)
            while data := run(lambda: session.read(65536)):
                answer += data
        except OSError:
            pass  # what had come by then counts
    seen |= _told(answer)
    if received[:1] == b"\x15":
        seen["alert"] = received[6]
    return seen


def _change_hello(records, pieces, edit):
    if edit is not None:
        # The extension's type, its length, the list.
        place = records.index(b"\0\x10" + len(edit).to_bytes(2, "big")) + 4
        return records[:place] + edit + records[place + len(edit) :]
    if pieces is None:
        return records
    message = records[5:]
    parts = (message[at : at + pieces] for at in range(0, len(message), pieces))
    return b"".join(records[:3] + len(part).to_bytes(2, "big") + part for part in parts)


def _told(answer):
    found = re.search(rb'\{"at".*\}', answer)
    return json.loads(found[0]) if found else {"at": None}
