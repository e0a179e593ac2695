"""Answers in ClickHouse's form: headers, summary, errors before and after output began."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Send

from spanmill_store.embedded.compression import Encoder
from spanmill_store.embedded.engine import Identity
from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.native_frames import FrameEncoder
from spanmill_store.embedded.request import QueryRequest

_CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=UTF-8",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "json": "application/json; charset=UTF-8",
    "xml": "application/xml; charset=UTF-8",
    "markdown": "text/markdown; charset=UTF-8",
    "pretty": "text/plain; charset=UTF-8",
    "vertical": "text/plain; charset=UTF-8",
    "values": "text/plain; charset=UTF-8",
    "prometheus": "text/plain; version=0.0.4; charset=UTF-8",
}


@dataclass(slots=True)
class Summary:
    """The counters of the ``X-ClickHouse-Summary`` header."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    def to_json(self) -> str:
        """All counters, as strings, as ClickHouse sends them."""
        names = (
            "read_rows",
            "read_bytes",
            "written_rows",
            "written_bytes",
            "result_rows",
            "result_bytes",
            "elapsed_ns",
        )
        counters = {name: str(getattr(self, name)) for name in names}
        return json.dumps(counters | {"total_rows_to_read": "0"}, separators=(",", ":"))


@dataclass(slots=True)
class Answer:
    """The answer to one query: begun once, then fed, then ended or broken off."""

    send: Send
    identity: Identity
    query_id: str
    encoder: Encoder
    has_begun: bool = False
    tag: str = field(default_factory=lambda: secrets.token_hex(8))

    def describe(self, request: QueryRequest) -> None:
        """Show the query id and the time zone of *request* in the headers."""
        self.query_id = _printable(request.query_id)
        timezone = request.settings.get("session_timezone")
        if timezone:
            self.identity = Identity(self.identity.version, _printable(timezone), self.identity.display_name)

    async def begin(self, output_format: str | None, summary: Summary, length: int | None = None) -> None:
        """Send status 200 and the headers; *output_format* is None for a statement that answers nothing."""
        headers = {
            "content-type": content_type(output_format or ""),
            "x-clickhouse-summary": summary.to_json(),
            "x-clickhouse-exception-tag": self.tag,
        }
        if output_format is not None:
            headers["x-clickhouse-format"] = output_format
        if self.encoder.content_encoding:
            headers["content-encoding"] = self.encoder.content_encoding
        if length is not None:
            headers["content-length"] = str(length)
        self.has_begun = True
        await self._start(200, headers)

    async def write(self, data: bytes) -> None:
        """Send *data*, already encoded."""
        if data:
            await self.send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last bytes."""
        await self.send({"type": "http.response.body", "body": data, "more_body": False})

    async def fail(self, error: ClickHouseError) -> None:
        """
        Report *error*: with its status when nothing was sent yet, else inside the body.

        In the second case the body is left unfinished, so that a client which does not look for the text fails as well.
        """
        text = error.text(self.identity.version)
        if self.has_begun:
            await self.write(self.encoder.encode(_marked(text, self.tag)) + self.encoder.finish())
            return
        body = text.encode("utf-8", "replace")
        if isinstance(self.encoder, FrameEncoder):
            body = self.encoder.encode(body)
        headers = {
            "content-type": "text/plain; charset=UTF-8",
            "content-length": str(len(body)),
            "x-clickhouse-exception-code": str(error.code),
        }
        if error.status == 401:
            headers["www-authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        self.has_begun = True
        await self._start(error.status, headers)
        await self.end(body)

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        common = {
            "x-clickhouse-query-id": self.query_id,
            "x-clickhouse-server-display-name": self.identity.display_name,
            "x-clickhouse-timezone": self.identity.timezone,
        }
        pairs = [(name.encode(), value.encode("latin-1", "replace")) for name, value in (common | headers).items()]
        await self.send({"type": "http.response.start", "status": status, "headers": pairs})


def content_type(output_format: str) -> str:
    """The media type of a ClickHouse format."""
    name = output_format.lower()
    if name.startswith("json"):
        is_lines = "eachrow" in name
        return "application/x-ndjson; charset=UTF-8" if is_lines else _CONTENT_TYPES["json"]
    for prefix, media_type in _CONTENT_TYPES.items():
        if name.startswith(prefix):
            return media_type
    return "application/octet-stream" if name else "text/plain; charset=UTF-8"


def _marked(text: str, tag: str) -> bytes:
    message = text.encode("utf-8", "replace")
    mark = tag.encode()
    return b"\r\n__exception__\r\n%b\r\n%b\n%d %b\r\n__exception__\r\n" % (mark, message, len(message) + 1, mark)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
