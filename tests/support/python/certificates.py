"""Certificates for tests, made by the openssl program."""

import base64
import hashlib
import ssl
from pathlib import Path

from processes import run

_EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]


class Certificate:
    """A chain and its key, as files."""

    def __init__(self, chain, key):
        self.chain = Path(chain)
        self.key = Path(key)
        self.der = ssl.PEM_cert_to_DER_cert(_first_certificate(self.chain.read_text()))

    @property
    def fingerprint(self):
        """SHA-256 of the certificate, in hexadecimal."""
        return fingerprint(self.der)

    @property
    def public_key_hash(self):
        """SHA-256 of the public key's DER form, in base64: what Chromium's command line names a key by."""
        pem = run(["openssl", "x509", "-in", self.chain, "-noout", "-pubkey"], check=True).stdout
        body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
        return base64.b64encode(hashlib.sha256(base64.b64decode(body)).digest()).decode()


def fingerprint(der):
    return hashlib.sha256(der).hexdigest()


def fingerprint_of_pem(text):
    """The fingerprint of the first certificate in some text, such as a client's output; None where there is none."""
    if "-----BEGIN CERTIFICATE-----" not in text:
        return None
    return fingerprint(ssl.PEM_cert_to_DER_cert(_first_certificate(text)))


def _first_certificate(text):
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return text[text.index(begin) : text.index(end) + len(end)] + "\n"


def _names(names):
    kinds = ("IP" if name.replace(".", "").isdigit() or ":" in name else "DNS" for name in names)
    return "subjectAltName=" + ",".join(f"{kind}:{name}" for kind, name in zip(kinds, names))


def make_self_signed(folder, names, label="server"):
    folder = Path(folder)
    chain, key = folder / f"{label}.crt.pem", folder / f"{label}.key.pem"
    run(
        ["openssl", "req", "-x509", *_EC_KEY, "-subj", f"/CN={label}", "-addext", _names(names)]
        + ["-keyout", key, "-out", chain],
        check=True,
    )
    return Certificate(chain, key)


class Authority:
    """A certificate authority that a client can be made to trust."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self.certificate = self._folder / "authority.crt.pem"
        self._key = self._folder / "authority.key.pem"
        run(
            ["openssl", "req", "-x509", *_EC_KEY, "-subj", "/CN=Test authority"]
            + ["-addext", "keyUsage=critical,keyCertSign", "-keyout", self._key, "-out", self.certificate],
            check=True,
        )

    def issue(self, names, label="leaf"):
        chain, key = self._folder / f"{label}.crt.pem", self._folder / f"{label}.key.pem"
        run(
            ["openssl", "req", "-x509", *_EC_KEY, "-subj", f"/CN={label}", "-addext", _names(names)]
            + ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"]
            + ["-CA", self.certificate, "-CAkey", self._key, "-keyout", key, "-out", chain],
            check=True,
        )
        return Certificate(chain, key)
