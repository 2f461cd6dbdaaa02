"""Under a service manager: sockets that are passed, a restart that loses nobody, and what the manager is told."""

import http.client
import os
import signal
import socket
import threading
import time
import unittest

from activation import ServiceManager, ask, inheriting, listen
from certificates import make_self_signed
from gateway import GatewayTest, program
from processes import Child, environment, wait_until


class Customers:
    """Clients that come one after the other, as fast as they are served, until told to stop."""

    def __init__(self, address, count):
        self.served = 0
        self.failures = []
        self._address = address
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                status = ask(self._address)
                failure = None if status == 200 else f"status {status}"
            except OSError as error:
                failure = f"{error!r} after {time.monotonic() - began:.2f} s"
            except http.client.HTTPException as error:
                failure = repr(error)
            with self._lock:
                self.served += failure is None
                if failure:
                    self.failures.append(failure)

    def wait_for_more(self, count):
        before = self.served
        wait_until(lambda: self.served >= before + count or self.failures, f"{count} more clients")

    def close(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class Activation(GatewayTest):
    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, ["localhost"])
        self.listener = self.closing(listen())
        self.address = self.listener.getsockname()

    def configuration(self, *addresses, workers=2, more=""):
        blocks = "".join(f'[[listen]]\nname = "l{i}"\naddress = "{each}"\n' for i, each in enumerate(addresses))
        return f"""
[server]
workers = {workers}
{more}
{blocks}
[[certificate]]
chain = "{self.certificate.chain}"
key = "{self.certificate.key}"
[[route]]
inspect = true
"""

    def text(self, listener=None):
        host, port = (listener or self.listener).getsockname()[:2]
        return f"{host}:{port}"

    def refused(self, configuration, sockets, names=()):
        path = self.folder / "refused.toml"
        path.write_text(configuration)
        how = inheriting(sockets, names)
        child = self.closing(
            Child([*how["launcher"], program(), "serve", "-c", path], pass_fds=how["pass_fds"])
        )
        self.assertEqual(child.wait(), 3, str(child))
        return str(child.stderr)

    def test_takes_the_socket_of_its_address(self):
        gateway = self.serve(self.configuration(self.text()), **inheriting([self.listener]))
        self.assertEqual(gateway.addresses, [self.address])
        for _ in range(20):
            self.assertEqual(ask(self.address), 200)
        # Set for all that is accepted; and a shard must not block in accept(2).
        self.assertEqual(self.listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
        self.assertFalse(os.get_blocking(self.listener.fileno()))

    def test_takes_the_socket_that_has_its_name(self):
        other = self.closing(listen())
        configuration = self.configuration("127.0.0.1:1", "127.0.0.1:2")
        gateway = self.serve(configuration, listeners=2, **inheriting([other, self.listener], ["l1", "l0"]))
        self.assertEqual(gateway.addresses, [self.address, other.getsockname()])
        self.assertEqual(ask(other.getsockname()), 200)

    def test_binds_what_was_not_passed(self):
        configuration = self.configuration("127.0.0.1:0", self.text())
        gateway = self.serve(configuration, listeners=2, **inheriting([self.listener], ["simplon.socket"]))
        for address in gateway.addresses:
            self.assertEqual(ask(address), 200)

    def test_takes_ipv6_sockets(self):
        try:
            listener = self.closing(listen("::"))
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        port = listener.getsockname()[1]
        self.serve(self.configuration(f"[::]:{port}"), **inheriting([listener]))
        self.assertEqual(ask(("::1", port)), 200)
        self.assertEqual(ask(("127.0.0.1", port)), 200)

    def test_shares_several_sockets_of_one_address_among_its_workers(self):
        first, second = (socket.socket() for _ in range(2))
        for each in (first, second):
            self.closing(each)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        second.bind(first.getsockname())
        first.listen(64)
        second.listen(64)
        self.serve(self.configuration(self.text(first), workers=3), **inheriting([first, second]))
        # The kernel deals them out by address and port: both sockets are asked with near certainty.
        for _ in range(40):
            self.assertEqual(ask(first.getsockname()), 200)

    def test_takes_the_admin_address(self):
        admin = self.closing(listen())
        path = self.folder / "admin.sock"
        local = self.closing(socket.socket(socket.AF_UNIX))
        local.bind(str(path))
        local.listen(8)
        for listener, text in ((admin, self.text(admin)), (local, f"unix:{path}")):
            configuration = self.configuration(self.text(), more=f'[admin]\naddress = "{text}"')
            gateway = self.serve(configuration, **inheriting([self.listener, listener]))
            self.assertEqual(gateway.admin, text)
            with socket.socket(listener.family) as client:
                client.settimeout(30)
                client.connect(listener.getsockname())
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                self.assertEqual(client.recv(12), b"HTTP/1.1 200")
            self.assertEqual(gateway.stop(), 0)
        self.assertTrue(path.exists(), "the socket's path belongs to whoever bound it")

    def test_refuses_a_socket_that_is_for_nothing(self):
        said = self.refused(self.configuration("127.0.0.1:0"), [self.listener], ["web"])
        self.assertIn(f'no listener is for the inherited socket {self.text()} (named "web")', said)

    def test_refuses_what_does_not_listen(self):
        datagrams = self.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(("127.0.0.1", 0))
        silent = self.closing(socket.socket())
        silent.bind(("127.0.0.1", 0))
        for wrong in (datagrams, silent):
            said = self.refused(self.configuration(self.text(wrong)), [wrong])
            self.assertIn(f"the inherited socket {self.text(wrong)} does not listen for streams", said)

    def test_refuses_more_sockets_than_workers(self):
        first, second = (self.closing(listen()) for _ in range(2))
        said = self.refused(self.configuration("127.0.0.1:0", workers=1), [first, second], ["l0", "l0"])
        self.assertIn("2 inherited sockets are for the listener l0, but there are 1 workers", said)

    def test_ignores_sockets_of_another_process(self):
        # Its variables leak into children of the process that they were meant for.
        configuration = self.configuration("127.0.0.1:0")
        gateway = self.serve(configuration, env=environment(LISTEN_PID="1", LISTEN_FDS="1"))
        self.assertEqual(ask(gateway.addresses[0]), 200)

    def test_a_new_process_beside_the_old_loses_nobody(self):
        self.restart_under_load(overlapping=True)

    def test_a_new_process_after_the_old_loses_nobody(self):
        self.restart_under_load(overlapping=False)

    def restart_under_load(self, *, overlapping):
        configuration = self.configuration(self.text())
        gateway = self.serve(configuration, **inheriting([self.listener]))
        customers = self.closing(Customers(self.address, 8))
        for _ in range(5):
            customers.wait_for_more(20)
            old = gateway
            if overlapping:
                gateway = self.serve(configuration, **inheriting([self.listener]))
                self.assertEqual(old.stop(), 0)
            else:
                self.assertEqual(old.stop(), 0)
                gateway = self.serve(configuration, **inheriting([self.listener]))
        customers.wait_for_more(20)
        customers.close()
        print(f"{customers.served} served, {len(customers.failures)} failed")
        self.assertEqual(customers.failures, [])

    def test_a_killed_process_costs_those_alone_whom_it_served(self):
        configuration = self.configuration(self.text())
        gateway = self.serve(configuration, **inheriting([self.listener]))
        count = 8
        customers = self.closing(Customers(self.address, count))
        customers.wait_for_more(30)
        gateway.child.signal(signal.SIGKILL)
        gateway.child.process.wait()
        self.serve(configuration, **inheriting([self.listener]))
        # Who came in between has waited in the kernel's queue.
        before = customers.served
        wait_until(lambda: customers.served >= before + 10 * count, "clients of the new process")
        customers.close()
        print(f"{customers.served} served, {len(customers.failures)} cut off")
        self.assertLessEqual(len(customers.failures), count)


class Notification(GatewayTest):
    def check(self, manager):
        gateway = self.start("--listen", "127.0.0.1:0", env=manager.environment())
        ready = manager.next()
        self.assertEqual(ready["READY"], "1")
        self.assertRegex(ready["STATUS"], r"^Serving: 1 listeners, \d+ routes, \d+ workers$")
        # It said so once it could be asked.
        self.assertEqual(ask(gateway.addresses[0]), 200)
        self.assertFalse(manager.waiting())
        gateway.child.signal(signal.SIGTERM)
        stopping = manager.next()
        self.assertEqual(stopping["STOPPING"], "1")
        self.assertRegex(stopping["STATUS"], r"^\d+ connections to finish$")
        self.assertEqual(gateway.child.wait(), 0)

    def test_tells_a_socket_in_the_file_system(self):
        self.check(self.closing(ServiceManager(self.folder)))

    def test_tells_an_abstract_socket(self):
        self.check(self.closing(ServiceManager(self.folder, abstract=True)))

    def test_serves_on_where_nobody_hears_it(self):
        gateway = self.start("--listen", "127.0.0.1:0", env=environment(NOTIFY_SOCKET=str(self.folder / "nobody")))
        self.assertEqual(ask(gateway.addresses[0]), 200)

    def test_tells_of_a_reload_and_its_end(self):
        manager = self.closing(ServiceManager(self.folder))
        gateway = self.start("--listen", "127.0.0.1:0", env=manager.environment())
        manager.next()
        gateway.child.signal(signal.SIGHUP)
        reloading = manager.next()
        self.assertEqual(reloading["RELOADING"], "1")
        self.assertGreater(int(reloading["MONOTONIC_USEC"]), 0)
        self.assertEqual(manager.next()["READY"], "1")

    def test_says_nothing_where_it_cannot_start(self):
        manager = self.closing(ServiceManager(self.folder))
        taken = self.closing(listen())
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        child = self.closing(Child([program(), "serve", "--listen", address], env=manager.environment()))
        self.assertEqual(child.wait(), 3)
        self.assertFalse(manager.waiting())


if __name__ == "__main__":
    unittest.main()
