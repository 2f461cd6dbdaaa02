"""HTTP through the gateway: every client's protocol to every backend's."""

import dataclasses
import functools

import exchanges
from backends import App
from certificates import make_self_signed
from gateway import Gateway, GatewayTest
from http_streams import open_stream


@dataclasses.dataclass
class Road:
    """A client's protocol, through a gateway, to an application."""

    option: str  # curl's
    protocol: str
    backend_protocol: str
    host: str  # the server name that the route has
    app: App
    gateway: Gateway

    def fetch(self, path, *arguments, stdin=""):
        """The answer, and the log line of this one request."""
        ask = functools.partial(exchanges.fetch, self.gateway.port, path, self.option, host=self.host, stdin=stdin)
        return self.gateway.after_request(lambda: ask(*arguments), path=path.partition("?")[0])

    def ask(self, path, *arguments, stdin=""):
        """The answer; its log line has been written, too, and is not taken for another's."""
        return self.fetch(path, *arguments, stdin=stdin)[0]

    def open(self, method, path, fields=()):
        """A request whose body is sent piece by piece."""
        return open_stream(self.protocol, self.gateway.port, self.host, method, path, fields)

    def command(self, path, *arguments):
        """The same as a command, for a test that looks on while it runs."""
        port = self.gateway.port
        url = f"https://{self.host}:{port}{path}"
        return exchanges.command(url, self.option, *arguments, host=self.host, port=port)


class HttpTest(GatewayTest):
    """A test with gateways whose routes speak HTTP."""

    names = ("localhost", "*.example")

    def setUp(self):
        super().setUp()
        self.certificate = make_self_signed(self.folder, self.names)

    def configure(self, *routes, top="", listen="", address="127.0.0.1:0"):
        """A configuration with these routes, each given as the lines of its table; `listen` adds to the listener's."""
        tables = "\n".join(f"[[route]]\n{route}" for route in routes)
        return f"""
            {top}
            [[listen]]
            name = "public"
            address = "{address}"
            {listen}
            [[certificate]]
            chain = "{self.certificate.chain}"
            key = "{self.certificate.key}"
            {tables}
            """

    def serve_http(self, *routes, listeners=1, **options):
        """A gateway with these routes; options as for `configure`."""
        return self.serve(self.configure(*routes, **options), listeners=listeners)

    def build_roads(self, *, top=""):
        """Roads to an application on HTTP/1.1 and one on h2c, behind one gateway."""
        apps = (("one.example", "http/1.1", self.make_app()), ("two.example", "h2c", self.make_app(h2c=True)))
        gateway = self.serve_http(*(f'sni = "{host}"\nhttp = "{app.url}"' for host, _, app in apps), top=top)
        return [
            Road(option, protocol, backend_protocol, host, app, gateway)
            for host, backend_protocol, app in apps
            for option, protocol in exchanges.PROTOCOLS
        ]

    def make_app(self, **options):
        return self.closing(App(**options))

    def assertLogged(self, line, road, **facts):
        """The log line is that of a request on this road."""
        backend = road.app.url.partition("://")[2]
        self.assertFacts(line, protocol=road.protocol, backend_protocol=road.backend_protocol, **facts)
        self.assertIn(backend, line["backend"])


def on_every_road(test):
    """Makes a test of one road a test of all that its class has in `roads`."""

    @functools.wraps(test)
    def on_all(self):
        for road in self.roads:
            with self.subTest(client=road.protocol, backend=road.backend_protocol):
                test(self, road)

    return on_all
