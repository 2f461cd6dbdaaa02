"""A gRPC service and a client of it, on the gRPC library. Messages are plain bytes, so nothing has to be compiled.

As a program it is the server: it prints the port that it got, then what becomes of its calls, a line of JSON for each.
"""

import json
import os
import sys
import threading
from concurrent import futures

# Or its threads are waited for whenever a test starts a process.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
import grpc  # noqa: E402

SERVICE = "simplon.test.Echo"
_LARGE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Stub:
    """The client: `target` is HOST:PORT, `authority` a file with the certificate to trust; None: no TLS."""

    def __init__(self, target, authority=None):
        options = [*_LARGE, ("grpc.enable_http_proxy", 0)]
        if authority:
            credentials = grpc.ssl_channel_credentials(authority.read_bytes())
            self.channel = grpc.secure_channel(target, credentials, options)
        else:
            self.channel = grpc.insecure_channel(target, options)
        self.say = self.channel.unary_unary(f"/{SERVICE}/Say")
        self.count = self.channel.unary_stream(f"/{SERVICE}/Count")
        self.join = self.channel.stream_unary(f"/{SERVICE}/Join")
        self.talk = self.channel.stream_stream(f"/{SERVICE}/Talk")
        self.wait = self.channel.unary_unary(f"/{SERVICE}/Wait")
        self.fail = self.channel.unary_unary(f"/{SERVICE}/Fail")

    def close(self):
        self.channel.close()


def _tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def _say(request, context):
    metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
    _tell("said", metadata=metadata)
    context.send_initial_metadata([("x-initial", "first")])
    context.set_trailing_metadata([("x-trailing", "last"), ("x-binary-bin", b"\0\xff")])
    return request


def _count(request, context):
    for number in range(int(request)):
        yield b"%d" % number
    context.set_trailing_metadata([("x-trailing", "last")])


def _join(requests, context):
    return b"".join(requests)


def _talk(requests, context):
    for request in requests:
        yield request
    context.set_trailing_metadata([("x-trailing", "last")])


def _wait(request, context):
    ended = threading.Event()
    context.add_callback(ended.set)
    _tell("waiting")
    ended.wait()
    _tell("cancelled")
    return b""


def _fail(request, context):
    context.set_trailing_metadata([("x-trailing", "last")])
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today: häßlich")


def _serve():
    handlers = {
        "Say": grpc.unary_unary_rpc_method_handler(_say),
        "Count": grpc.unary_stream_rpc_method_handler(_count),
        "Join": grpc.stream_unary_rpc_method_handler(_join),
        "Talk": grpc.stream_stream_rpc_method_handler(_talk),
        "Wait": grpc.unary_unary_rpc_method_handler(_wait),
        "Fail": grpc.unary_unary_rpc_method_handler(_fail),
    }
    server = grpc.server(futures.ThreadPoolExecutor(32), options=_LARGE)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    _tell("listening", port=port)
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    _serve()
