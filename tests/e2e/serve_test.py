"""What whoever starts `simplon serve` sees, and how it ends."""

import re
import signal
import socket
import unittest

import clients
from gateway import GatewayTest, program
from processes import run


class Serve(GatewayTest):
    def test_greeting_names_a_url_and_commands_that_work(self):
        gateway = self.start("--listen", "127.0.0.1:0")
        greeting = gateway.child.stdout.wait_for(lambda lines: lines if "Ctrl-C" in "".join(lines) else None)
        self.assertEqual(
            greeting[0],
            f"Simplon is listening: https://127.0.0.1:{gateway.port}/"
            "  (with a self-signed certificate, kept in memory)",
        )
        commands = [line.split() for line in greeting if line.startswith("  curl ")]
        self.assertEqual(len(commands), 2, greeting)
        for command, version in zip(commands, ("h2", "http/1.1")):
            done = run([*command, "--silent", "--noproxy", "*"], check=True)
            self.assertIn(f'"selected": "{version}"', done.stdout)

    def test_with_a_configuration_standard_output_stays_empty(self):
        gateway = self.serve('[[listen]]\nname = "x"\naddress = "127.0.0.1:0"\n[[route]]\nreject = true\n')
        self.assertEqual(gateway.stop(), 0)
        self.assertEqual(str(gateway.child.stdout), "")

    def test_sigterm_and_sigint_end_it_with_status_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                gateway = self.start("--listen", "127.0.0.1:0")
                clients.curl(gateway.port, ["--http2"], "1.3")
                gateway.wait_for_connections(1)  # it may end after curl does
                self.assertEqual(gateway.stop(number), 0)
                events = re.findall(r'"event":"(\w+)"', str(gateway.child.stderr))
                self.assertEqual(events, ["listening", "connection", "stopping", "stopped"])

    def test_deadlines_of_connections_that_are_gone_do_not_delay_the_end(self):
        gateway = self.serve(
            """
            [limits]
            hello_timeout = "1h"
            drain_timeout = "1h"
            [[listen]]
            name = "x"
            address = "127.0.0.1:0"
            [[route]]
            reject = true
            """
        )
        socket.create_connection((gateway.host, gateway.port)).close()
        gateway.wait_for_connection(reason="client_closed")
        self.assertEqual(gateway.stop(), 0)

    def test_port_taken_is_status_3_and_said_in_words(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = run([program(), "serve", "--listen", f"127.0.0.1:{port}"])
        self.assertEqual(done.returncode, 3, done)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_invalid_configuration_is_status_1_with_its_place(self):
        path = self.folder / "bad.toml"
        path.write_text('[[listen]]\nname = "x"\naddres = "127.0.0.1:0"\n')
        for command in ("serve", "check"):
            with self.subTest(command):
                done = run([program(), command, "-c", path])
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(f"{path}:3:1: ", done.stderr)
                self.assertIn('did you mean "address"?', done.stderr)


if __name__ == "__main__":
    unittest.main()
