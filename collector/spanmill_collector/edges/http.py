"""OTLP over HTTP, with health and metrics on the same port."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spanmill_collector.access.caller import Caller
from spanmill_collector.access.gate import HEADERS
from spanmill_collector.accounts.exposition import Exposition
from spanmill_collector.edges.content import JSON, PROTOBUF, content_type, json_response, require_otlp
from spanmill_collector.edges.http_body import read_body
from spanmill_collector.edges.status import status_json, status_protobuf
from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.health import Health
from spanmill_collector.intake import Intake
from spanmill_collector.otlp.signals import SIGNALS, Signal

READ_TIMEOUT_S: Final = 30
_CORS_MAX_AGE_S: Final = 3600

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class Endpoints:
    """What the HTTP port answers."""

    def __init__(self, intake: Intake, health: Health, exposition: Exposition, request_max_bytes: int) -> None:
        self._intake = intake
        self._health = health
        self._exposition = exposition
        self._request_max_bytes = request_max_bytes

    def application(self, cors_origins: tuple[str, ...] = ()) -> Starlette:
        """Make the ASGI application; pages of *cors_origins* may send to it from a browser."""
        return Starlette(
            routes=[
                *(Route(signal.path, self._export(signal), methods=["POST"]) for signal in SIGNALS),
                Route("/health/live", self.live),
                Route("/health/ready", self.ready),
                Route("/metrics", self.metrics),
            ],
            exception_handlers={HTTPException: _unknown_route},
            middleware=[_cors(cors_origins)] if cors_origins else [],
        )

    async def live(self, _request: Request) -> Response:
        """Say that the event loop turns."""
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> Response:
        """Say whether a request would be acknowledged."""
        report = self._health.report()
        return JSONResponse(report, status_code=200 if report["ready"] else 503)

    async def metrics(self, _request: Request) -> Response:
        """Show the metrics in Prometheus' text format."""
        return Response(self._exposition.render(), media_type=CONTENT_TYPE_LATEST)

    def _export(self, signal: Signal) -> Endpoint:
        async def export(request: Request) -> Response:
            self._intake.arrived(signal, "http")
            caller: Caller | None = None
            try:
                # In this order: who it is, whether it can be read, whether there is room; only then the body.
                caller = self._intake.gate.admit(*(request.headers.get(name) for name in HEADERS))
                is_json = require_otlp(request)
                self._intake.require_room()
                return await self._accept(request, signal, caller, is_json=is_json)
            except Refusal as refusal:
                self._intake.refused(refusal, signal, "http", caller)
                return error_response(request, refusal)

        return export

    async def _accept(self, request: Request, signal: Signal, caller: Caller, *, is_json: bool) -> Response:
        with self._intake.in_flight.hold() as hold:
            try:
                async with asyncio.timeout(READ_TIMEOUT_S):
                    body = await read_body(request, hold, self._request_max_bytes)
            except TimeoutError as error:
                raise Refusal(Reason.TIMED_OUT, f"The body did not arrive within {READ_TIMEOUT_S} s.") from error
            except ClientDisconnect as error:
                raise Refusal(Reason.UNDECODABLE, "The client left before the body was complete.") from error
            response = await self._intake.export(body, signal, caller, "http", is_json=is_json)
        if is_json:
            return Response(json_response(response, signal), media_type=JSON)
        return Response(response, media_type=PROTOBUF)


def error_response(request: Request, refusal: Refusal) -> Response:
    """Answer *request* with the ``google.rpc.Status`` of *refusal*, in the content type that the client speaks."""
    is_json = content_type(request) == JSON
    row = refusal.reason.value
    headers = {} if row.retry_after_s is None else {"Retry-After": str(row.retry_after_s)}
    if refusal.reason is Reason.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer realm="spanmill"'
    return Response(
        status_json(refusal) if is_json else status_protobuf(refusal),
        status_code=row.http_status,
        media_type=JSON if is_json else PROTOBUF,
        headers=headers,
    )


def _cors(origins: tuple[str, ...]) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["POST"],
        allow_headers=[*HEADERS, "content-type", "content-encoding"],
        max_age=_CORS_MAX_AGE_S,
    )


async def _unknown_route(request: Request, error: Exception) -> Response:
    """Answer what no route takes: Starlette's 404 and 405, as OTLP wants them."""
    path = request.url.path[:100]
    if isinstance(error, HTTPException) and error.status_code == 405:
        refusal = Refusal(Reason.WRONG_METHOD, f"{request.method} is not possible on {path}: OTLP is sent with POST.")
        response = error_response(request, refusal)
        response.headers["Allow"] = "POST"
        return response
    paths = ", ".join(signal.path for signal in SIGNALS)
    return error_response(request, Refusal(Reason.NOT_SERVED, f"Nothing is served at {path}: OTLP goes to {paths}."))
