"""The programs that are compared, and backends that tell what reached them."""

import contextlib
import json
import os
import re
import ssl
import threading
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from backends import OpensslServer
from certificates import Authority, make_self_signed
from gateway import program
from ports import free_port, is_open
from processes import Child, wait_until
from proxies import write_pem
from proxy_header import read_header
from raw_server import RawServer

FOLDER = Path(__file__).parent
FILES = {
    "simplon": ("simplon.toml",),
    "nginx": ("nginx.conf", "nginx.http.conf", "nginx.js"),
    "haproxy": ("haproxy.cfg", "haproxy.lua"),
    "sslh": ("sslh.cfg",),
}

_LISTENING = ("PORT", "HOP", "HOP2")  # what configurations call the ports of the program itself

# What stands in every configuration of the program, or in the one that Debian ships; not counted.
_NGINX = """load_module modules/ngx_stream_module.so;
{javascript}
{user}
daemon off;
pid {folder}/nginx.pid;
events {{}}
{stream}
http {{
  access_log off;
  ssl_protocols TLSv1.2 TLSv1.3;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {http}
}}
"""
_HAPROXY = "defaults\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\n"
_SSLH = 'foreground: true;\nnumeric: true;\npidfile: "{folder}/sslh.pid";\n'


class Backend(RawServer):
    """Answers a request over h2 or HTTP/1.1 with one JSON object about the connection that it came on.

    `listening()` are the ports of the program that is asked about; `reached` collects the names of backends.
    """

    def __init__(self, name, reached, listening, certificate=None, alpn=()):
        self._name, self._reached, self._listening = name, reached, listening
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate.chain, certificate.key)
            if alpn:
                self._context.set_alpn_protocols(list(alpn))
        super().__init__(self._answer)

    def _answer(self, peer):
        peer.settimeout(10)
        facts = {"at": self._name}
        if self._context:
            peer = self._context.wrap_socket(peer, server_side=True)
            facts["backend's"] = peer.selected_alpn_protocol() or "none"
        data = b""
        while not (b"HTTP/" in data and data.endswith(b"\r\n\r\n")) and b"PRI * HTTP/2.0" not in data:
            some = peer.recv(65536)
            if not some:
                return
            data += some
            if data[0] == 0x16:
                return  # TLS, where plain bytes should come
        self._reached.append(self._name)
        facts["hops"] = len(open_connections(self._listening()))
        if data.startswith((b"PROXY", b"\r\n\r\n\0")):
            header = read_header(data)
            data = data[header.size :]
            if 0x20 in header.tlvs and header.ssl()[1] == 0:
                facts["told"] = header.ssl()[2].get(0x22, b"").decode()
        if data.startswith(b"PRI"):
            _answer_h2(peer, data, facts)
            return
        facts |= {key: _field(data, name) for key, name in _FIELDS.items()}
        body = json.dumps(facts).encode()
        peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        if self._context:
            peer.unwrap()


_FIELDS = {"client": "X-Forwarded-For", "scheme": "X-Forwarded-Proto", "host": "Host"}


def _field(data, name):
    found = re.search(rb"(?im)^%s: *([^\r:]*)" % name.encode(), data)
    return found[1].decode() if found else None


def _answer_h2(peer, data, facts):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    while data:
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.StreamEnded):
                connection.send_headers(event.stream_id, [(":status", "200")])
                connection.send_data(event.stream_id, json.dumps(facts).encode(), end_stream=True)
        peer.sendall(connection.data_to_send())
        data = peer.recv(65536)


def open_connections(ports):
    """The connections that have been accepted on these ports and are open, as pairs of addresses."""
    found = set()
    # The table is no snapshot: where others come and go while it is read, a row can be missing or be there twice.
    for _ in range(2):
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        found |= {(row[1], row[2]) for row in rows if row[3] == "01" and int(row[1].rpartition(":")[2], 16) in ports}
    return found


class Surroundings:
    """Backends and certificates, and what a configuration calls them."""

    def __init__(self, folder, stack):
        self.folder = Path(folder)
        self.reached = []
        self.ports = set()  # on which the program listens

        def listening():
            return self.ports

        def backend(name, *more):
            return stack.enter_context(contextlib.closing(Backend(name, self.reached, listening, *more))).port

        authority = Authority(folder)
        server = make_self_signed(folder, ["localhost"])
        behind = authority.issue(["localhost"], "behind")
        self.device = make_self_signed(folder, ["device-7"], "device-7")
        self.stranger = make_self_signed(folder, ["device-7"], "stranger")
        passed = {name: make_self_signed(folder, ["localhost"], name) for name in ("acme", "h2", "others")}
        self.certificates = {"the program's": server, **passed}
        openssl = stack.enter_context(contextlib.closing(OpensslServer(behind, alpn=["http/1.1"])))
        self.values = {
            "FOLDER": self.folder,
            "SERVER_CHAIN": server.chain,
            "SERVER_KEY": server.key,
            "SERVER_PEM": write_pem(folder, server),
            "BACKEND_CA": authority.certificate,
            "CLIENT_CA": self.device.chain,
            "ACME": backend("acme", passed["acme"], ["acme-tls/1"]),
            "H2": backend("h2", passed["h2"], ["h2"]),
            "OTHERS": backend("others", passed["others"], ["http/1.1"]),
            **{name.upper(): backend(name) for name in ("app", "postgresql", "mqtt", "grpc")},
            # Its order is not the one of browsers, nor of the programs.
            "BACKEND": backend("backend", behind, ["mine.example/7", "http/1.1", "h2"]),
            "SILENT": backend("silent", behind),
            "UNTRUSTED": backend("untrusted", self.stranger, ["http/1.1", "h2"]),
            "MISNAMED": backend("misnamed", authority.issue(["elsewhere.example"], "misnamed"), ["http/1.1", "h2"]),
            "REFUSING": openssl.port,
        }

    def idle(self):
        """Waits until the program has no client any more, so that the next connection is counted alone."""
        wait_until(lambda: not open_connections(self.ports), "earlier connections to end")


def files(job, name):
    return [path for path in (FOLDER / job / each for each in FILES[name]) if path.exists()]


def count_lines(job, name):
    """All but empty lines, comments, and closing brackets that stand alone."""
    lines = [line.strip() for path in files(job, name) for line in path.read_text().splitlines()]
    return sum(not re.fullmatch(r"(#|//|--).*|[\]})]*[;,]?|end\)?", line) for line in lines)


@contextlib.contextmanager
def running(job, name, surroundings, instead=None):
    """The program with the configuration of a job, where `instead` has backends in other backends' places."""
    values = {**surroundings.values, **{place: free_port() for place in _LISTENING}}
    values |= {place: values[other] for place, other in (instead or {}).items()}
    written = {}
    surroundings.ports = set()
    for path in files(job, name):
        text = path.read_text()
        surroundings.ports |= {values[place] for place in _LISTENING if f"@{place}@" in text}
        written[path.name] = re.sub(r"@(\w+)@", lambda place: str(values[place[1]]), text)
        (surroundings.folder / path.name).write_text(written[path.name])
    child = Child(_command(name, surroundings.folder, written))
    try:
        wait_until(
            lambda: all(map(is_open, surroundings.ports)) or child.process.poll() is not None, f"{name} to listen"
        )
        if child.process.poll() is not None:
            child.wait()
            raise AssertionError(f"{job}: {child}")
        yield values["PORT"]
    finally:
        child.close()


def _command(name, folder, written):
    if name == "simplon":
        return [program(), "serve", "-c", folder / "simplon.toml"]
    if name == "nginx":
        text = _NGINX.format(
            folder=folder,
            user="user root;" if os.geteuid() == 0 else "",
            javascript="load_module modules/ngx_stream_js_module.so;" if "nginx.js" in written else "",
            stream=written.get("nginx.conf", ""),
            http=written.get("nginx.http.conf", ""),
        )
        (folder / "whole.conf").write_text(text)
        return ["nginx", "-p", "/usr/share/nginx", "-e", "stderr", "-c", folder / "whole.conf"]
    if name == "haproxy":
        (folder / "defaults.cfg").write_text(_HAPROXY)
        return ["haproxy", "-db", "-f", folder / "defaults.cfg", "-f", folder / "haproxy.cfg"]
    (folder / "whole.cfg").write_text(_SSLH.format(folder=folder) + written["sslh.cfg"])
    return ["sslh-select", f"-F{folder / 'whole.cfg'}"]
