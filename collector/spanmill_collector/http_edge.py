"""OTLP over HTTP, with health and metrics on the same port."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.health import Health
from spanmill_collector.http_body import read_body
from spanmill_collector.intake import Intake
from spanmill_collector.metrics import Metrics
from spanmill_collector.status import status_json, status_protobuf

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
TRACES_PATH: Final = "/v1/traces"
READ_TIMEOUT_S: Final = 30
_KEEP_ALIVE_S: Final = 75


class Endpoints:
    """What the HTTP port answers."""

    def __init__(self, intake: Intake, health: Health, metrics: Metrics, request_max_bytes: int) -> None:
        self._intake = intake
        self._health = health
        self._metrics = metrics
        self._request_max_bytes = request_max_bytes

    def application(self) -> Starlette:
        """Make the ASGI application."""
        return Starlette(
            routes=[
                Route(TRACES_PATH, self.traces, methods=["POST"]),
                Route("/health/live", self.live),
                Route("/health/ready", self.ready),
                Route("/metrics", self.metrics),
            ],
            exception_handlers={HTTPException: _unknown_route},
        )

    async def traces(self, request: Request) -> Response:
        """Accept an ``ExportTraceServiceRequest``."""
        self._intake.arrived("http")
        try:
            with self._intake.in_flight.hold() as hold:
                _require_protobuf(request)
                async with asyncio.timeout(READ_TIMEOUT_S):
                    body = await read_body(request, hold, self._request_max_bytes)
                return Response(await self._intake.export(body, "http"), media_type=PROTOBUF)
        except Refusal as refusal:
            return self._refuse(request, refusal)
        except TimeoutError:
            return self._refuse(
                request, Refusal(Reason.TIMED_OUT, f"The body did not arrive within {READ_TIMEOUT_S} s.")
            )
        except ClientDisconnect:
            return self._refuse(request, Refusal(Reason.UNDECODABLE, "The client left before the body was complete."))

    async def live(self, _request: Request) -> Response:
        """Say that the event loop turns."""
        return JSONResponse({"live": True})

    async def ready(self, _request: Request) -> Response:
        """Say whether a request would be acknowledged."""
        report = self._health.report()
        return JSONResponse(report, status_code=200 if report["ready"] else 503)

    async def metrics(self, _request: Request) -> Response:
        """Show the metrics in Prometheus' text format."""
        return Response(self._metrics.render(), media_type=CONTENT_TYPE_LATEST)

    def _refuse(self, request: Request, refusal: Refusal) -> Response:
        self._intake.refused(refusal, "http")
        return error_response(request, refusal)


class HttpServer:
    """
    The HTTP port: uvicorn on the caller's event loop.

    Attributes:
        port: The bound port.
    """

    def __init__(self, application: Starlette, listener: socket.socket, grace_s: int) -> None:
        config = uvicorn.Config(
            application,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=grace_s,
        )
        self._listener = listener
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None
        self.port: int = listener.getsockname()[1]

    def start(self) -> None:
        """Serve until `stop`."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))

    async def stop(self) -> None:
        """Accept no more connections and finish the requests under way."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the collector, whose stop has more than this server to wait for."""
        yield


def error_response(request: Request, refusal: Refusal) -> Response:
    """Answer *request* with the ``google.rpc.Status`` of *refusal*, in the content type that the client speaks."""
    is_json = _content_type(request) == JSON
    row = refusal.reason.value
    return Response(
        status_json(refusal) if is_json else status_protobuf(refusal),
        status_code=row.http_status,
        media_type=JSON if is_json else PROTOBUF,
        headers={} if row.retry_after_s is None else {"Retry-After": str(row.retry_after_s)},
    )


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _require_protobuf(request: Request) -> None:
    found = _content_type(request)
    if found == JSON:
        raise Refusal(Reason.UNSUPPORTED_TYPE, f"OTLP/JSON is not read yet: export with http/protobuf ({PROTOBUF}).")
    if found != PROTOBUF:
        raise Refusal(Reason.UNSUPPORTED_TYPE, f"Content-Type {found[:60]!r} is not OTLP: send {PROTOBUF}.")


async def _unknown_route(request: Request, error: Exception) -> Response:
    """Answer what no route takes: Starlette's 404 and 405, as OTLP wants them."""
    path = request.url.path[:100]
    if isinstance(error, HTTPException) and error.status_code == 405:
        refusal = Refusal(Reason.WRONG_METHOD, f"{request.method} is not possible on {path}: OTLP is sent with POST.")
    elif path in ("/v1/logs", "/v1/metrics"):
        refusal = Refusal(
            Reason.NOT_SERVED, f"This collector stores traces only: switch the exporter for {path[4:]} off."
        )
    else:
        refusal = Refusal(Reason.NOT_SERVED, f"Nothing is served at {path}: traces go to {TRACES_PATH}.")
    return error_response(request, refusal)
