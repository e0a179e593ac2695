"""``phoenix serve`` in Phoenix's own environment, with its gRPC port on loopback, which it would open to everybody."""

import sys

from grpc.aio import _server

_add_port = _server.Server.add_insecure_port
setattr(  # noqa: B010 - the checker knows that it is a method
    _server.Server, "add_insecure_port", lambda self, address: _add_port(self, address.replace("[::]", "127.0.0.1"))
)

from phoenix.server.main import main  # noqa: E402 - what it imports must see the change

sys.exit(main())
