"""The HTTP interface: routes, and the order of checks (where from, who, then everything else)."""

import logging
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from spanmill_store.embedded.answers import Answer
from spanmill_store.embedded.compression import PlainEncoder, decoder_for, encoder_for
from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.forms import is_form, with_fields
from spanmill_store.embedded.request import Credentials, read_request, require_local
from spanmill_store.embedded.request_body import RequestBody
from spanmill_store.embedded.runner import Runner

logger = logging.getLogger(__name__)
_OK: Final = "Ok.\n"


class QueryEndpoint:
    """``/``: every statement."""

    def __init__(self, runner: Runner, credentials: Credentials) -> None:
        self._runner = runner
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors are answered in ClickHouse's form."""
        answer = Answer(send, self._runner.engine.identity, "", PlainEncoder())
        try:
            await self._handle(scope, receive, answer)
        except ClickHouseError as error:
            await answer.fail(error)
        except Exception:
            logger.exception("A request failed inside the server")
            await answer.fail(ClickHouseError(1001, "STD_EXCEPTION", "Internal error, see the server's log"))

    async def _handle(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        headers, parameters = Headers(scope=scope), QueryParams(scope["query_string"])
        require_local(headers)
        if scope["method"] in {"GET", "HEAD"} and not parameters.get("query"):
            await PlainTextResponse(_OK)(scope, receive, answer.send)
            return
        self._credentials.require(headers, parameters)
        body = RequestBody(receive)
        if is_form(headers):
            parameters = await with_fields(scope, receive, parameters)
            body.was_read()
        request = read_request(scope["method"], headers, parameters)
        answer.describe(request)
        decoder = decoder_for(request.content_encoding, request.decompress)
        answer.encoder = encoder_for(request.accept_encoding, request.compress)
        await self._runner.run(request, body, decoder, answer)


def build(runner: Runner, credentials: Credentials) -> Starlette:
    """The application that serves *runner* to whoever knows *credentials*."""
    return Starlette(
        routes=[
            Route("/ping", _ping, methods=["GET", "HEAD"]),
            Route("/replicas_status", _ping, methods=["GET", "HEAD"]),
            Route("/", QueryEndpoint(runner, credentials)),
        ]
    )


async def _ping(_: Request) -> Response:
    return PlainTextResponse(_OK)
