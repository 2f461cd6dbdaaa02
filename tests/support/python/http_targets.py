"""The gateway's two HTTP servers, so that one table holds for both: the inspector, and the proxy before a recorder."""

import dataclasses

from certificates import make_self_signed
from gateway import Gateway, GatewayTest
from recorder import Recorder

# What a route of the gateway may stand in front of.
KINDS = ("inspector", "proxy")


@dataclasses.dataclass
class Target:
    """A gateway of one worker: whoever keeps it busy does so to all its clients."""

    kind: str
    gateway: Gateway
    recorder: Recorder | None

    @property
    def port(self):
        return self.gateway.port

    def reason(self, client):
        """Why the log says that this client's connection ended; it has, or does now."""
        return self.gateway.wait_for_connection(client=client.address)["reason"]

    def most_resident_bytes(self):
        """The most that the gateway's process ever held in memory."""
        with open(f"/proc/{self.gateway.child.process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def is_sanitized(self):
        """Sanitizers hold memory for reasons of their own."""
        with open(f"/proc/{self.gateway.child.process.pid}/exe", "rb") as program:
            return b"__asan_init" in program.read()

    def received_bytes(self):
        """How many bytes ever reached the backend."""
        return sum(map(len, self.recorder.raw())) if self.recorder else 0

    def take(self):
        """What reached the backend since the last call: (requests, offences)."""
        return self.recorder.take() if self.recorder else ([], [])


class HttpTest(GatewayTest):
    """A test that runs against each target."""

    def targets(self, *, limits=""):
        """Each in turn, for `with self.subTest(target=target.kind)`; `limits` are lines for the configuration."""
        certificate = make_self_signed(self.folder, ["localhost"])
        for kind in KINDS:
            recorder = self.closing(Recorder()) if kind == "proxy" else None
            action = f'http = "http://127.0.0.1:{recorder.port}"' if recorder else "inspect = true"
            gateway = self.serve(
                f"""
                [server]
                workers = 1
                [limits]
                {limits}
                [[listen]]
                address = "127.0.0.1:0"
                [[certificate]]
                chain = "{certificate.chain}"
                key = "{certificate.key}"
                [[route]]
                {action}
                """
            )
            yield Target(kind, gateway, recorder)
