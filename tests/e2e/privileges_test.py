"""What the gateway gives up once it listens, as the kernel tells it in /proc/PID."""

import grp
import os
import pwd
import random
import shutil
import socket
import unittest
from pathlib import Path
from unittest import mock

from activation import ask, inheriting, listen
from certificates import make_self_signed
from gateway import GatewayTest, program
from processes import Child

CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
# Debian's user that owns nothing.
USER, GROUP = "nobody", "nogroup"
needs_root = unittest.skipUnless(os.geteuid() == 0, "needs root, to become another user")


def statuses(gateway):
    """/proc/PID/status of every thread, each as a dictionary: capabilities and users are a thread's."""
    found = []
    for thread in Path(f"/proc/{gateway.child.process.pid}/task").iterdir():
        lines = (thread / "status").read_text().splitlines()
        found.append({name: value.strip() for name, value in (line.split(":", 1) for line in lines)})
    return found


def free_low_port():
    """A port below 1024 that nobody has."""
    for port in random.sample(range(300, 1024), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port below 1024 is free")


def ports_are_privileged():
    return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) >= 1024


class Privileges(GatewayTest):
    def configuration(self, server, port=0, *, certificate=None):
        certificate = certificate or make_self_signed(self.folder, ["localhost"])
        return f"""
[server]
workers = 2
{server}
[[listen]]
address = "127.0.0.1:{port}"
[[certificate]]
chain = "{certificate.chain}"
key = "{certificate.key}"
[[route]]
inspect = true
"""

    def let_others_run_it(self):
        """The tree may be in a folder that is closed to others."""
        self.folder.chmod(0o755)
        copy = shutil.copy(program(), self.folder / "simplon")
        changed = mock.patch.dict(os.environ, SIMPLON=str(copy))
        changed.start()
        self.addCleanup(changed.stop)

    def assertHasNone(self, gateway, sets=CAPABILITY_SETS):
        threads = statuses(gateway)
        self.assertGreaterEqual(len(threads), 3, "main, log and a worker")
        for status in threads:
            for name in sets:
                self.assertEqual(int(status[name], 16), 0, f"{name} of {status['Name']}")
            self.assertEqual(status["NoNewPrivs"], "1", status["Name"])

    def assertIs(self, gateway, uid, gid, groups):
        for status in statuses(gateway):
            self.assertEqual(status["Uid"].split(), [str(uid)] * 4)
            self.assertEqual(status["Gid"].split(), [str(gid)] * 4)
            self.assertEqual(sorted(map(int, status["Groups"].split())), sorted(groups))

    def test_has_no_capability_whoever_starts_it(self):
        gateway = self.serve(self.configuration(""))
        self.assertHasNone(gateway, CAPABILITY_SETS if os.geteuid() == 0 else ("CapPrm", "CapEff", "CapAmb"))
        self.assertEqual(ask(gateway.addresses[0]), 200)

    @needs_root
    def test_becomes_its_user(self):
        certificate = make_self_signed(self.folder, ["localhost"])
        certificate.key.chmod(0o600)  # root's: read before
        user = pwd.getpwnam(USER)
        gateway = self.serve(self.configuration(f'user = "{USER}"', free_low_port(), certificate=certificate))
        self.assertIs(gateway, user.pw_uid, user.pw_gid, os.getgrouplist(USER, user.pw_gid))
        self.assertHasNone(gateway)
        self.assertEqual(ask(gateway.addresses[0]), 200)

    @needs_root
    def test_becomes_its_group(self):
        group = grp.getgrnam("mail").gr_gid
        gateway = self.serve(self.configuration(f'user = "{USER}"\ngroup = "mail"'))
        self.assertIs(gateway, pwd.getpwnam(USER).pw_uid, group, os.getgrouplist(USER, group))
        self.assertHasNone(gateway)

    # The kernel then gives what is in its folder of /proc to root: no debugger of the same user gets in, and no core
    # file is left.
    @needs_root
    def test_is_closed_to_debuggers(self):
        gateway = self.serve(self.configuration(f'user = "{USER}"'))
        self.assertEqual(Path(f"/proc/{gateway.child.process.pid}/mem").stat().st_uid, 0)

    @needs_root
    def test_needs_no_more_than_to_bind(self):
        port = free_low_port()
        self.let_others_run_it()
        alone = ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups"]
        with_capability = ["--inh-caps=-all,+net_bind_service", "--ambient-caps=-all,+net_bind_service"]
        if ports_are_privileged():
            child = self.closing(Child([*alone, program(), "serve", "--listen", f"127.0.0.1:{port}"]))
            self.assertEqual(child.wait(), 3)
            self.assertIn("ports below 1024 need root or CAP_NET_BIND_SERVICE", str(child.stderr))
        gateway = self.start(
            "--listen", f"127.0.0.1:{port}", launcher=(*alone, *with_capability, "--bounding-set=-all,+net_bind_service")
        )
        # The bounding set is not its own to clear without CAP_SETPCAP, and nothing can be had from it.
        self.assertHasNone(gateway, ("CapInh", "CapPrm", "CapEff", "CapAmb"))
        self.assertIs(gateway, pwd.getpwnam(USER).pw_uid, grp.getgrnam(GROUP).gr_gid, [])
        self.assertEqual(ask(gateway.addresses[0]), 200)

    @needs_root
    def test_needs_nothing_where_its_socket_is_passed(self):
        self.let_others_run_it()
        listener = self.closing(listen())
        port = listener.getsockname()[1]
        passed = inheriting([listener])
        passed["launcher"] = (
            "setpriv",
            f"--reuid={USER}",
            f"--regid={GROUP}",
            "--clear-groups",
            "--bounding-set=-all",
            *passed["launcher"],
        )
        gateway = self.start("--listen", f"127.0.0.1:{port}", **passed)
        self.assertHasNone(gateway)
        self.assertEqual(ask(gateway.addresses[0]), 200)

    @needs_root
    def test_tells_who_must_be_able_to_write_the_log(self):
        path = self.folder / "simplon.toml"
        path.write_text(self.configuration(f'user = "{USER}"\nlog = "{self.folder}/simplon.log"'))
        child = self.closing(Child([program(), "serve", "-c", path]))
        self.assertEqual(child.wait(), 3)
        self.assertIn(f"user {USER} must be able to write there", str(child.stderr))

    @needs_root
    def test_tells_whom_it_does_not_know(self):
        for server, message in (
            ('user = "nobody-at-all"', '[server] user = "nobody-at-all": there is no such user'),
            (f'user = "{USER}"\ngroup = "no-group"', '[server] group = "no-group": there is no such group'),
        ):
            path = self.folder / "simplon.toml"
            path.write_text(self.configuration(server))
            child = self.closing(Child([program(), "serve", "-c", path]))
            self.assertEqual(child.wait(), 3)
            self.assertIn(message, str(child.stderr))


if __name__ == "__main__":
    unittest.main()
