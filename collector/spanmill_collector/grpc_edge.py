"""
OTLP over gRPC.

The handlers are generic: they get the request's bytes and return the response's bytes, so that no message is parsed
twice. gRPC itself enforces the size limit, before and after decompression, and inflates gzip.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import grpc

from spanmill_collector.errors import CollectorError, Reason, Refusal
from spanmill_collector.intake import Intake
from spanmill_collector.ports import bind, target
from spanmill_collector.status import trailers

_SERVICE: Final = "opentelemetry.proto.collector.{signal}.v1.{name}"
TRACES: Final = _SERVICE.format(signal="trace", name="TraceService")
NOT_SERVED: Final = {
    _SERVICE.format(signal="logs", name="LogsService"): "logs",
    _SERVICE.format(signal="metrics", name="MetricsService"): "metrics",
}
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_OLDEST_PING_S: Final = 10

Context = grpc.aio.ServicerContext[bytes, bytes]
Handler = Callable[[bytes, Context], Awaitable[bytes]]


class GrpcEdge:
    """
    The gRPC port.

    Attributes:
        port: The bound port, known after `start`.
        is_serving: Calls are taken.
    """

    def __init__(self, intake: Intake, host: str, port: int, request_max_bytes: int) -> None:
        self._intake = intake
        self._host = host
        self._asked_port = port
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", request_max_bytes),
                # Two collectors on one port must be a decision, not an accident.
                ("grpc.so_reuseport", 0),
                ("grpc.http2.min_ping_interval_without_data_ms", _OLDEST_PING_S * 1000),
                ("grpc.keepalive_permit_without_calls", 1),
            ]
        )
        self._server.add_generic_rpc_handlers(tuple(self._handlers()))
        self.port = port
        self.is_serving = False

    async def start(self) -> None:
        """
        Bind and serve.

        Raises:
            CollectorError: The port is taken or the address is not this machine's.
        """
        # Try the port with a plain socket first: gRPC's own error says neither which port nor why.
        bind(self._host, self._asked_port, "SPANMILL_OTLP_GRPC_PORT").close()
        address = target(self._host, self._asked_port)
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise CollectorError(f"Cannot listen on {address}: set SPANMILL_OTLP_GRPC_PORT.") from error
        await self._server.start()
        self.is_serving = True

    async def stop(self, grace_s: float) -> None:
        """Accept no more calls and finish those under way, for at most *grace_s*."""
        self.is_serving = False
        await self._server.stop(grace_s)

    def _handlers(self) -> list[grpc.GenericRpcHandler]:
        services = {TRACES: self._export, **{name: _not_served(signal) for name, signal in NOT_SERVED.items()}}
        return [
            grpc.method_handlers_generic_handler(name, {"Export": grpc.unary_unary_rpc_method_handler(handler)})
            for name, handler in services.items()
        ]

    async def _export(self, request: bytes, context: Context) -> bytes:
        self._intake.arrived("grpc")
        try:
            with self._intake.in_flight.hold(len(request)):
                return await self._intake.export(request, "grpc")
        except Refusal as refusal:
            self._intake.refused(refusal, "grpc")
            await _abort(context, refusal)
            raise


def _not_served(signal: str) -> Handler:
    async def refuse(_request: bytes, context: Context) -> bytes:
        refusal = Refusal(
            Reason.NOT_SERVED, f"This collector stores traces only: switch the exporter for {signal} off."
        )
        await _abort(context, refusal)
        raise refusal

    return refuse


async def _abort(context: Context, refusal: Refusal) -> None:
    await context.abort(_CODES[refusal.reason.value.grpc_code], refusal.message, trailers(refusal))
