"""
Requests as ``multipart/form-data``: query and parameters as fields, which drivers use where a URL gets too long.

ClickHouse also takes files in such a form, as external tables; this server refuses them.
"""

from typing import Final

from starlette.datastructures import Headers, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope

from spanmill_store.embedded.errors import ClickHouseError

MAX_FIELDS: Final = 1000
MAX_FIELD_BYTES: Final = 64 << 20


def is_form(headers: Headers) -> bool:
    """Whether the request's body is a form."""
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


async def with_fields(scope: Scope, receive: Receive, parameters: QueryParams) -> QueryParams:
    """
    Return *parameters* and the fields of the request's body.

    Raises:
        ClickHouseError: The form is packed, malformed or too large, or holds a file.
    """
    if Headers(scope=scope).get("content-encoding", "identity") != "identity":
        raise ClickHouseError(48, "NOT_IMPLEMENTED", "A multipart/form-data request cannot be compressed")
    request = Request(scope, receive)
    try:
        form = await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    except HTTPException as error:
        raise ClickHouseError(36, "BAD_ARGUMENTS", f"Cannot read the form: {error.detail}") from error
    fields = form.multi_items()
    await form.close()
    for name, value in fields:
        if isinstance(value, UploadFile):
            raise ClickHouseError(48, "NOT_IMPLEMENTED", f"External table {name!r}: files are not supported")
    return QueryParams([*parameters.multi_items(), *((name, str(value)) for name, value in fields)])
