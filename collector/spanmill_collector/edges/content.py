"""Content types of OTLP over HTTP: what a request says it is, and the answer in the same form."""

import json
from typing import Any, Final

from starlette.requests import Request

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.signals import Signal

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"


def content_type(request: Request) -> str:
    """The media type of *request*'s body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_otlp(request: Request) -> bool:
    """
    Return whether *request* is OTLP/JSON, False for protobuf.

    Raises:
        Refusal: It is neither.
    """
    found = content_type(request)
    if found not in (PROTOBUF, JSON):
        raise Refusal(Reason.UNSUPPORTED_TYPE, f"Content-Type {found[:60]!r} is not OTLP: send {PROTOBUF} or {JSON}.")
    return found == JSON


def json_response(serialised: bytes, signal: Signal) -> bytes:
    """The serialised *response* of *signal* as OTLP/JSON; 64-bit numbers are strings there."""
    response: Any = signal.response.FromString(serialised)
    if not response.HasField("partial_success"):
        return b"{}"
    partial = response.partial_success
    rejected = partial.DESCRIPTOR.fields_by_name[signal.rejected]
    said = {rejected.json_name: str(getattr(partial, signal.rejected)), "errorMessage": partial.error_message}
    return json.dumps({"partialSuccess": said}).encode()
