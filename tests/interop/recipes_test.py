"""The recipes of docs/recipes, as they are written there, in front of the servers of Debian 12."""

import os
import pwd
import re
import socket
import ssl
import struct
import unittest

from certificates import make_self_signed
from gateway import ROOT, GatewayTest
from ports import free_port, is_open
from processes import Child, run, wait_until

NAME = "app.example.test"


class RecipeTest(GatewayTest):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.identity = make_self_signed(self.folder, [NAME, "localhost"])

    def recipe(self, name, port):
        """A gateway with the configuration of a recipe, whose backend's port is this one."""
        text = (ROOT / f"docs/recipes/{name}.md").read_text()
        configuration = re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1)
        changes = {
            r'address = "[^"]*"': 'address = "127.0.0.1:0"',
            r'chain = "[^"]*"': f'chain = "{self.identity.chain}"',
            r'key = "[^"]*"': f'key = "{self.identity.key}"',
            r'"127\.0\.0\.1:[1-9]\d*"': f'"127.0.0.1:{port}"',
        }
        for written, here in changes.items():
            configuration, count = re.subn(written, here, configuration)
            self.assertGreater(count, 0, written)
        return self.serve(configuration)

    def connect(self, gateway, *protocols):
        context = ssl.create_default_context(cafile=self.identity.chain)
        context.set_alpn_protocols(protocols)
        plain = socket.create_connection((gateway.host, gateway.port), timeout=20)
        connected = self.closing(context.wrap_socket(plain, server_hostname=NAME))
        self.assertEqual(connected.selected_alpn_protocol(), protocols[0])
        return connected

    def assertRefused(self, gateway):
        """A browser on the same port is told so and does not reach the backend."""
        with self.assertRaisesRegex(ssl.SSLError, "NO_APPLICATION_PROTOCOL|no application protocol"):
            self.connect(gateway, "h2", "http/1.1")


class PostgreSql(RecipeTest):
    """Direct TLS as a client of PostgreSQL 17 does it."""

    def as_postgres(self, *command):
        """PostgreSQL refuses to run as root."""
        return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command

    def start_server(self):
        programs = max(os.listdir("/usr/lib/postgresql"), key=int)
        programs = f"/usr/lib/postgresql/{programs}/bin"
        home = self.folder / "postgresql"
        home.mkdir()
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
        made = run(
            self.as_postgres(f"{programs}/initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "--no-sync"),
            timeout=120,
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        port = free_port()
        settings = ["-p", port, "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={home}", "-F"]
        server = self.closing(Child(self.as_postgres(f"{programs}/postgres", "-D", home / "data", *map(str, settings))))
        wait_until(lambda: is_open(port), f"PostgreSQL listens: {server}")
        return port

    def test_direct_tls(self):
        gateway = self.recipe("postgresql", self.start_server())
        client = self.connect(gateway, "postgresql")
        startup = struct.pack("!I", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"
        client.sendall(struct.pack("!I", len(startup) + 4) + startup)
        query = b"select 40 + 2\0"
        client.sendall(b"Q" + struct.pack("!I", len(query) + 4) + query)
        answer = b""
        while b"SELECT 1\0" not in answer:
            part = client.recv(4096)
            self.assertTrue(part, answer)
            answer += part
        self.assertIn(b"\0\0\0\x0242", answer)
        self.assertRefused(gateway)

    def test_older_clients_are_told_apart(self):
        gateway = self.recipe("postgresql", free_port())
        ssl_request = struct.pack("!II", 8, 80877103)
        with socket.create_connection((gateway.host, gateway.port), timeout=20) as client:
            client.sendall(ssl_request)
            self.assertEqual(client.recv(1), b"")
        self.assertFacts(gateway.wait_for_connections(1)[0], reason="not_tls")


class Mqtt(RecipeTest):
    def test_publish_and_subscribe(self):
        port = free_port()
        settings = self.folder / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        self.closing(Child(["mosquitto", "-c", settings]))
        wait_until(lambda: is_open(port), "mosquitto listens")
        gateway = self.recipe("mqtt", port)
        common = ["-h", "localhost", "-p", gateway.port, "--tls-alpn", "mqtt", "--cafile", self.identity.chain, "-t", "greetings"]
        # Kept by the broker, so it does not matter who comes first.
        sent = run(["mosquitto_pub", *common, "-r", "-m", "hello"])
        self.assertEqual(sent.returncode, 0, sent.stderr)
        got = run(["mosquitto_sub", *common, "-C", "1"])
        self.assertEqual(got.stdout, "hello\n", got.stderr)
        self.assertFacts(gateway.wait_for_connections(2)[1], selected="mqtt", action="tcp", reason=None)
        self.assertRefused(gateway)


class Imap(RecipeTest):
    def test_greeting_and_login(self):
        port = free_port()
        base = self.folder / "dovecot"
        base.mkdir()
        user = pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() != 0 else "nobody"
        settings = base / "dovecot.conf"
        (base / "users").write_text("someone:{PLAIN}secret\n")
        settings.write_text(
            f"""base_dir = {base}/run
state_dir = {base}/state
log_path = /dev/stderr
protocols = imap
ssl = no
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
mail_location = maildir:{base}/mail
mail_uid = {user}
mail_gid = {user if user != "nobody" else "nogroup"}
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {base}/users
}}
userdb {{
  driver = static
  args = home={base}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""
        )
        server = self.closing(Child(["dovecot", "-F", "-c", settings]))
        wait_until(lambda: is_open(port), f"dovecot listens: {server}")
        gateway = self.recipe("imap", port)
        client = self.connect(gateway, "imap")
        lines = client.makefile("rw", newline="\r\n")
        self.assertRegex(lines.readline(), r"^\* OK .*Dovecot")
        lines.write("a LOGOUT\n")
        lines.flush()
        self.assertRegex(lines.readline(), r"^\* BYE")
        self.assertRegex(lines.readline(), r"^a OK")
        self.assertRefused(gateway)


class Texts(RecipeTest):
    def test_every_recipe_is_valid(self):
        for name in ("xmpp", "ssh", "dns", "acme"):
            with self.subTest(name):
                self.recipe(name, free_port())


if __name__ == "__main__":
    unittest.main()
