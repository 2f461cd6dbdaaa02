"""A TLS 1.3 client that looks at no extension but the key share, and takes whatever it is told: `lax_client.py PORT`.

It does the least that a server needs to take its Finished, and verifies nothing. For tests of what finds such clients.
"""

import hashlib
import hmac
import os
import socket
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_FINISHED = 20


def _vector(width, content):
    return len(content).to_bytes(width, "big") + content


def _extension(number, content):
    return struct.pack(">H", number) + _vector(2, content)


def _hello(share, offer):
    names = b"".join(_vector(1, name.encode()) for name in offer)
    extensions = (
        _extension(43, _vector(1, b"\x03\x04"))
        + _extension(10, _vector(2, b"\x00\x1d"))
        + _extension(13, _vector(2, b"\x04\x03\x08\x04"))
        + _extension(51, _vector(2, b"\x00\x1d" + _vector(2, share)))
        + _extension(16, _vector(2, names))
    )
    body = b"\x03\x03" + os.urandom(32) + b"\x00" + _vector(2, b"\x13\x01") + b"\x01\x00" + _vector(2, extensions)
    return b"\x01" + _vector(3, body)


def _expand(secret, label, context, size):
    info = struct.pack(">H", size) + _vector(1, b"tls13 " + label) + _vector(1, context)
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]


def _extract(salt, key):
    return hmac.digest(salt, key, "sha256")


class _Direction:
    def __init__(self, secret):
        self.secret = secret
        self._cipher = AESGCM(_expand(secret, b"key", b"", 16))
        self._iv = _expand(secret, b"iv", b"", 12)
        self._sequence = 0

    def _nonce(self):
        number = self._sequence.to_bytes(12, "big")
        self._sequence += 1
        return bytes(a ^ b for a, b in zip(self._iv, number))

    def open(self, header, body):
        return self._cipher.decrypt(self._nonce(), body, header).rstrip(b"\x00")[:-1]

    def seal(self, content):
        header = b"\x17\x03\x03" + struct.pack(">H", len(content) + 17)
        return header + self._cipher.encrypt(self._nonce(), content + b"\x16", header)


def _share_of(server_hello):
    at = 4 + 34
    at += 1 + server_hello[at] + 3 + 2
    while at < len(server_hello):
        number, size = struct.unpack_from(">HH", server_hello, at)
        if number == 51:
            return server_hello[at + 4 + 4 : at + 4 + size]
        at += 4 + size
    raise AssertionError("no key share")


def _read(stream, size):
    data = stream.read(size)
    if len(data) < size:
        sys.exit("the server closed")
    return data


def _record(stream):
    header = _read(stream, 5)
    return header, _read(stream, struct.unpack(">H", header[3:])[0])


def handshake(connection, offer):
    key = X25519PrivateKey.generate()
    stream = connection.makefile("rb")
    said = _hello(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), offer)
    connection.sendall(b"\x16\x03\x01" + _vector(2, said))
    _, server_hello = _record(stream)
    shared = key.exchange(X25519PublicKey.from_public_bytes(_share_of(server_hello)))
    transcript = said + server_hello
    early = _extract(bytes(32), bytes(32))
    secret = _extract(_expand(early, b"derived", hashlib.sha256().digest(), 32), shared)
    digest = hashlib.sha256(transcript).digest()
    server = _Direction(_expand(secret, b"s hs traffic", digest, 32))
    client = _Direction(_expand(secret, b"c hs traffic", digest, 32))
    message = b"\x00"
    while message[0] != _FINISHED:
        header, body = _record(stream)
        if header[0] == 23:
            message = server.open(header, body)
            transcript += message
    finished_key = _expand(client.secret, b"finished", b"", 32)
    verify = hmac.digest(finished_key, hashlib.sha256(transcript).digest(), "sha256")
    connection.sendall(client.seal(bytes([_FINISHED]) + _vector(3, verify)))


def main(port):
    with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as connection:
        handshake(connection, ["h2", "http/1.1"])
        connection.recv(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
