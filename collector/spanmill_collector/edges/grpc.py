"""
OTLP over gRPC.

The handlers are generic: they get the request's bytes and return the response's bytes, so that no message is parsed
twice. Who sends is asked when a call's headers are there. A call that is not admitted gets a handler that never reads
the request, so that nothing of it is inflated.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import grpc

from spanmill_collector.access.caller import Caller
from spanmill_collector.edges.ports import bind, target
from spanmill_collector.edges.status import trailers
from spanmill_collector.errors import CollectorError, Refusal
from spanmill_collector.intake import Intake
from spanmill_collector.options import TlsFiles
from spanmill_collector.otlp.signals import SIGNALS, Signal

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_METHODS: Final = {f"/{signal.service}/Export": signal for signal in SIGNALS}
_OLDEST_PING_S: Final = 10
_IDENTITY_AND_GZIP: Final = 0b101
"""Bits of the compression algorithms that gRPC numbers 0 (none), 1 (deflate) and 2 (gzip)."""

Context = grpc.aio.ServicerContext[bytes, bytes]
_MethodHandler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Handler = Callable[[bytes, Context], Awaitable[bytes]]


class GrpcEdge:
    """
    The gRPC port.

    Attributes:
        port: The bound port, known after `start`.
        is_serving: Calls are taken.
    """

    def __init__(
        self,
        intake: Intake,
        host: str,
        port: int,
        request_max_bytes: int,
        *,
        tls: TlsFiles | None = None,
        shares_port: bool = False,
    ) -> None:
        self._intake = intake
        self._host = host
        self._asked_port = port
        self._tls = tls
        self._shares_port = shares_port
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", request_max_bytes),
                ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_AND_GZIP),
                # Two collectors on one port must be a decision, not an accident.
                ("grpc.so_reuseport", int(shares_port)),
                ("grpc.http2.min_ping_interval_without_data_ms", _OLDEST_PING_S * 1000),
                ("grpc.keepalive_permit_without_calls", 1),
            ]
        )
        self._server.add_generic_rpc_handlers((_Calls(intake),))
        self.port = port
        self.is_serving = False

    async def start(self) -> None:
        """
        Bind and serve.

        Raises:
            CollectorError: The port is taken, the address is not this machine's, or the certificate is unusable.
        """
        # Try the port with a plain socket first: gRPC's own error says neither which port nor why.
        bind(self._host, self._asked_port, "SPANMILL_OTLP_GRPC_PORT", shared=self._shares_port).close()
        address = target(self._host, self._asked_port)
        try:
            self.port = self._add_port(address)
        except RuntimeError as error:
            files = f", or the certificate {self._tls.certificate} and its key do not fit" if self._tls else ""
            raise CollectorError(f"Cannot listen on {address}{files}: set SPANMILL_OTLP_GRPC_PORT.") from error
        await self._server.start()
        self.is_serving = True

    async def stop(self, grace_s: float) -> None:
        """Accept no more calls and finish those under way, for at most *grace_s*."""
        self.is_serving = False
        await self._server.stop(grace_s)

    def _add_port(self, address: str) -> int:
        if self._tls is None:
            return int(self._server.add_insecure_port(address))
        credentials = grpc.ssl_server_credentials(
            [(self._tls.read("key"), self._tls.read("certificate"))],
            root_certificates=self._tls.read("client_ca") if self._tls.client_ca else None,
            require_client_auth=self._tls.client_ca is not None,
        )
        return int(self._server.add_secure_port(address, credentials))


class _Calls(grpc.GenericRpcHandler):
    """Finds the handler of a call by its headers."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "_MethodHandler | None":
        """Take up a call of one of our methods; None makes gRPC answer that it is not implemented."""
        signal = _METHODS.get(handler_call_details.method)
        if signal is None:
            return None
        self._intake.arrived(signal, "grpc")
        headers = {name: value for name, value in handler_call_details.invocation_metadata if isinstance(value, str)}
        try:
            caller = self._intake.gate.admit(headers.get("authorization"), headers.get("x-api-key"))
            self._intake.require_room()
        except Refusal as refusal:
            self._intake.refused(refusal, signal, "grpc", None)
            return _unread(refusal)
        return grpc.unary_unary_rpc_method_handler(self._export(signal, caller))

    def _export(self, signal: Signal, caller: Caller) -> Handler:
        async def export(request: bytes, context: Context) -> bytes:
            try:
                with self._intake.in_flight.hold(len(request)):
                    return await self._intake.export(request, signal, caller, "grpc")
            except Refusal as refusal:
                self._intake.refused(refusal, signal, "grpc", caller)
                await _abort(context, refusal)
                raise

        return export


def _unread(refusal: Refusal) -> _MethodHandler:
    """A handler of streams, which gRPC calls before it reads the request, and which never reads it."""

    async def refuse(_requests: object, context: Context) -> bytes:
        await _abort(context, refusal)
        raise refusal

    return grpc.stream_unary_rpc_method_handler(refuse)


async def _abort(context: Context, refusal: Refusal) -> None:
    await context.abort(_CODES[refusal.reason.value.grpc_code], refusal.message, trailers(refusal))
