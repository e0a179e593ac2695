"""What an HTTP request asks for: the interface's own parameters, settings, query parameters and credentials."""

import base64
import binascii
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, QueryParams

from spanmill_store.embedded.errors import ClickHouseError

DEFAULT_FORMAT: Final = "TabSeparated"
DEFAULT_SESSION_TIMEOUT_S: Final = 60.0
MAX_SESSION_TIMEOUT_S: Final = 3600.0
DEFAULT_BUFFER_BYTES: Final = 1 << 20
MAX_BUFFER_BYTES: Final = 64 << 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_OWN_PARAMETERS: Final = frozenset(
    {
        "query", "database", "default_format", "query_id", "user", "password", "quota_key", "role", "compress",
        "decompress", "buffer_size", "wait_end_of_query", "session_id", "session_timeout", "session_check",
        "close_session", "client_protocol_version", "stacktrace",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may ask."""

    user: str = "default"
    password: str = ""

    def require(self, headers: Headers, parameters: QueryParams) -> None:
        """
        Refuse a request that names another user or password.

        Raises:
            ClickHouseError: The request does not carry these credentials.
        """
        user, password = _given(headers, parameters)
        is_user = hmac.compare_digest(user.encode(), self.user.encode())
        is_password = hmac.compare_digest(password.encode(), self.password.encode())
        if not (is_user and (is_password or not self.password)):
            message = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
            raise ClickHouseError(516, "AUTHENTICATION_FAILED", message)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """The session that a request wants to run in."""

    session_id: str
    timeout_s: float
    must_exist: bool


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """One request, read but not yet run."""

    query: bytes
    database: str
    default_format: str
    query_id: str
    settings: Mapping[str, str]
    session: SessionRequest | None
    is_read_only: bool
    protocol_version: int
    compress: bool
    decompress: bool
    content_encoding: str
    accept_encoding: str
    buffer_bytes: int
    waits_for_end: bool


def require_local(headers: Headers) -> None:
    """
    Refuse what a web page could send: a foreign ``Host`` (DNS rebinding) or any ``Origin``.

    The server listens on loopback only and may have no password, so a browser must not be able to carry SQL to it.

    Raises:
        ClickHouseError: The request comes from a web page, or names another host.
    """
    host = headers.get("host", "localhost").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _LOOPBACK:
        raise ClickHouseError(497, "ACCESS_DENIED", f"Host {host!r} is not this machine; ask 127.0.0.1 or localhost")
    if "origin" in headers:
        raise ClickHouseError(497, "ACCESS_DENIED", "Requests from web pages (with an Origin header) are refused")


def read_request(method: str, headers: Headers, parameters: QueryParams) -> QueryRequest:
    """
    Read *parameters* and *headers*.

    Raises:
        ClickHouseError: A parameter's value does not fit.
    """
    settings = {name: value for name, value in parameters.items() if name not in _OWN_PARAMETERS}
    is_read_only = method in {"GET", "HEAD"} or settings.get("readonly", "0") not in {"", "0"}
    if is_read_only and settings.get("readonly", "0") in {"", "0"}:
        settings["readonly"] = "2"
    wants_compression = _flag(settings.get("enable_http_compression", "0"))
    return QueryRequest(
        query=parameters.get("query", "").encode(),
        database=parameters.get("database") or headers.get("x-clickhouse-database", ""),
        default_format=parameters.get("default_format") or headers.get("x-clickhouse-format") or DEFAULT_FORMAT,
        query_id=parameters.get("query_id") or str(uuid.uuid4()),
        settings=settings,
        session=_session(parameters),
        is_read_only=is_read_only,
        protocol_version=_number(parameters, "client_protocol_version", 0),
        compress=_flag(parameters.get("compress", "0")),
        decompress=_flag(parameters.get("decompress", "0")),
        content_encoding=headers.get("content-encoding", "").strip().lower(),
        accept_encoding=headers.get("accept-encoding", "").lower() if wants_compression else "",
        buffer_bytes=min(_number(parameters, "buffer_size", DEFAULT_BUFFER_BYTES), MAX_BUFFER_BYTES),
        waits_for_end=_flag(parameters.get("wait_end_of_query", "0")),
    )


def _session(parameters: QueryParams) -> SessionRequest | None:
    session_id = parameters.get("session_id", "")
    if not session_id:
        return None
    text = parameters.get("session_timeout", str(DEFAULT_SESSION_TIMEOUT_S))
    try:
        timeout_s = float(text)
    except ValueError:
        timeout_s = -1.0
    if not 0 <= timeout_s <= MAX_SESSION_TIMEOUT_S:
        message = f"Invalid session timeout: {text!r}, it must be at most {MAX_SESSION_TIMEOUT_S:.0f} seconds"
        raise ClickHouseError(374, "INVALID_SESSION_TIMEOUT", message, status=400)
    return SessionRequest(session_id, timeout_s, _flag(parameters.get("session_check", "0")))


def _given(headers: Headers, parameters: QueryParams) -> tuple[str, str]:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user or "default", password
    user = headers.get("x-clickhouse-user") or parameters.get("user") or "default"
    return user, headers.get("x-clickhouse-key") or parameters.get("password", "")


def _flag(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _number(parameters: QueryParams, name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise ClickHouseError(36, "BAD_ARGUMENTS", f"The parameter {name} must be a number, not {text!r}")
    return int(text)
