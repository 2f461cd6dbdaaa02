"""The eight jobs: what each demands, row by row, and why a program that has no configuration for one can't do it."""

import dataclasses
from collections.abc import Callable

from asking import with_curl, with_python, with_s_client


@dataclasses.dataclass
class Row:
    """One question. `expected` is what must be seen, among other things; with `at` None no backend may be reached."""

    demand: str
    ask: Callable  # (port, tls, surroundings)
    expected: dict
    instead: dict | None = None  # places of backends -> the backends that stand there


def _python(demand, *offer, instead=None, identity=None, pieces=None, edit=None, **expected):
    def ask(port, tls, around):
        own = identity and getattr(around, identity)
        return with_python(port, tls, *offer, pieces=pieces, edit=edit, identity=own)

    return Row(demand, ask, expected, instead)


def _curl(demand, *options, instead=None, **expected):
    return Row(demand, lambda port, tls, _: with_curl(port, tls, *options), expected, instead)


def _s_client(demand, *offer, **expected):
    return Row(demand, lambda port, tls, _: with_s_client(port, tls, *offer), expected)


def _malformed(demand, edit):
    # Of the length of the list that is replaced.
    return _python(demand, "h2", "zz", edit=edit, alert=50, at=None)


H2, HTTP1, NO_ALPN = "--http2", "--http1.1", "--no-alpn"

JOBS = {
    "acme": (
        "One port: `acme-tls/1` passed through to the ACME client, everything else terminated in front of an app",
        (
            _python("`acme-tls/1` alone: the ACME client's handshake", "acme-tls/1", certificate="acme", at="acme"),
            _python("the same with the hello in records of 20 bytes", "acme-tls/1", pieces=20, certificate="acme"),
            _python("`acme-tls/1, h2`: terminated", "acme-tls/1", "h2", certificate="the program's", selected="h2"),
            _python("`h2, acme-tls/1`: terminated", "h2", "acme-tls/1", certificate="the program's", selected="h2"),
            _python("one name `x,acme-tls/1`, and `h2`: terminated", "x,acme-tls/1", "h2", certificate="the program's"),
            _python("`http/1.1` with the hello in records of 20 bytes: the app", "http/1.1", pieces=20, at="app"),
            _curl("h2, and the app is told the client's address", H2, selected="h2", at="app", client="127.0.0.2"),
            _curl("http/1.1, likewise", HTTP1, selected="http/1.1", at="app", client="127.0.0.2"),
            _curl("no ALPN: http/1.1", NO_ALPN, selected="http/1.1", at="app"),
        ),
    ),
    "web": (
        "An app that speaks HTTP/1.1, and h2 and http/1.1 in front of it",
        (
            _curl("h2", H2, selected="h2", at="app"),
            _curl("http/1.1", HTTP1, selected="http/1.1", at="app"),
            _curl("no ALPN: http/1.1", NO_ALPN, selected="http/1.1", at="app"),
            _curl(
                "the app is told the client's address, the scheme and the host",
                H2,
                client="127.0.0.2",
                scheme="https",
                host="localhost",
            ),
        ),
    ),
    "split": (
        "Passed through: who offers `h2` to one server, all others to another",
        (
            _python("`h2, http/1.1`: the server for h2", "h2", "http/1.1", at="h2", selected="h2"),
            _python("`http/1.1, h2`: the same", "http/1.1", "h2", at="h2"),
            _python("`http/1.1`: the other", "http/1.1", at="others", selected="http/1.1"),
            _python("no ALPN: the other", at="others"),
            _python("`h2` with the hello in records of 20 bytes: the server for h2", "h2", pieces=20, at="h2"),
            _python("`x,h2` as one name: the other", "x,h2", at="others"),
            _python("`h2%00`, a zero byte behind it: the other", "h2\0", at="others"),
        ),
    ),
    "protocols": (
        "One port, terminated: by the negotiated protocol to PostgreSQL, MQTT (plain TCP) and an app (h2, http/1.1)",
        (
            _python("`postgresql`: PostgreSQL", "postgresql", selected="postgresql", at="postgresql"),
            _python("`mqtt`: the broker", "mqtt", selected="mqtt", at="mqtt"),
            _python("`mqtt, x`: the broker", "mqtt", "x", selected="mqtt", at="mqtt"),
            _curl("h2", H2, selected="h2", at="app"),
            _curl("http/1.1", HTTP1, selected="http/1.1", at="app"),
            _python("`x` alone reaches none of them", "x", at=None),
        ),
    ),
    "strict": (
        "Terminated for h2 alone (gRPC), all else refused before the handshake is answered: no common protocol with "
        "alert 120, a malformed list with alert 50",
        (
            _python("`h2, http/1.1`: h2", "h2", "http/1.1", selected="h2", at="grpc"),
            _python("`http/1.1`: alert 120", "http/1.1", alert=120, at=None),
            _python("the same in records of 20 bytes: alert 120", "http/1.1", pieces=20, alert=120, at=None),
            _python("`H2`: alert 120", "H2", alert=120, at=None),
            _python("`h2%00`: alert 120", "h2\0", alert=120, at=None),
            _python("`x,h2` as one name: alert 120", "x,h2", alert=120, at=None),
            _malformed("a list that is longer than its extension: alert 50", b"\0\7\2h2\2zz"),
            _malformed("a list that is shorter: alert 50", b"\0\5\2h2\2zz"),
            _malformed("a name beyond the list's end: alert 50", b"\0\6\2h2\3zz"),
            _malformed("an empty name: alert 50", b"\0\6\2h2\0\1z"),
            _python("no ALPN does not reach the server", at=None),
        ),
    ),
    "reencrypt": (
        "Terminated, and TLS to the backend, which is offered exactly what the client got and must have a certificate",
        (
            _curl("h2 on both sides", H2, **{"selected": "h2", "backend's": "h2"}),
            _curl("http/1.1 on both sides", HTTP1, **{"selected": "http/1.1", "backend's": "http/1.1"}),
            _curl("no ALPN on both sides", NO_ALPN, **{"at": "backend", "backend's": "none"}),
            _curl("a backend of another authority is not asked", H2, instead={"BACKEND": "UNTRUSTED"}, at=None),
            _curl("nor one with a certificate for another name", H2, instead={"BACKEND": "MISNAMED"}, at=None),
            _curl(
                "h2 here and no answer from the backend: no connection",
                H2,
                instead={"BACKEND": "SILENT"},
                selected=None,
            ),
        ),
    ),
    "mirror": (
        "Terminated, with end-to-end ALPN: the backend selects from the client's list, and the client gets that",
        (
            _curl(
                "`h2, http/1.1`: http/1.1, which this backend prefers",
                H2,
                **{"selected": "http/1.1", "backend's": "http/1.1"},
            ),
            _python("`h2`: h2", "h2", selected="h2"),
            _python(
                "a name that no configuration holds",
                "x",
                "mine.example/7",
                **{"selected": "mine.example/7", "backend's": "mine.example/7", "certificate": "the program's"},
            ),
            _python(
                "a backend that selects nothing: no answer for the client either",
                "h2",
                instead={"BACKEND": "SILENT"},
                selected="none",
                at="silent",
            ),
            _python(
                "a backend that refuses with alert 120: the client gets it",
                "h2",
                instead={"BACKEND": "REFUSING"},
                alert=120,
            ),
        ),
    ),
    "mtls": (
        "One port, terminated: `mqtt` with client certificates, whose names the broker is told; browsers are not asked",
        (
            _python(
                "`mqtt` with a certificate: the broker is told its name",
                "mqtt",
                identity="device",
                at="mqtt",
                told="device-7",
            ),
            _s_client("`mqtt`: the client is asked for one", "mqtt", asked=True),
            _python("`mqtt` without one does not reach the broker", "mqtt", at=None),
            _python("nor with one of another issuer", "mqtt", identity="stranger", at=None),
            _s_client("`h2, http/1.1`: the client is not asked", "h2", "http/1.1", selected="h2", asked=False),
            _curl("h2 without a certificate reaches the app", H2, selected="h2", at="app"),
        ),
    ),
}

# Taken from the documentation: here there is nothing to run.
_NO_TLS = "it forwards connections by what their first packet holds, and ends no TLS (`man sslh`)"
IMPOSSIBLE = {
    ("nginx", "mirror"): "the client is answered from a fixed list before a server is connected to (`ssl_alpn` of "
    "ngx_stream_ssl_module; HTTP's own list is built in), and no directive of 1.22 says what a server is offered in "
    "the stream module",
    ("haproxy", "mirror"): "`alpn` of `bind` and `alpn` of `server` are fixed lists, and the client is answered from "
    "the first before a server is connected to (configuration manual, 5.1 and 5.2)",
    **{("sslh", job): _NO_TLS for job in ("web", "protocols", "strict", "reencrypt", "mirror", "mtls")},
}
