"""
What can go wrong in the collector.

::

    CollectorError        the collector cannot start: one sentence for whoever started it
    Refusal               a request is not accepted: the client is told why, and whether to come again
    WalFailure            the write-ahead log could not be written: the requests of this commit are refused
"""

from enum import Enum
from typing import NamedTuple

from spanmill_store.errors import SpanmillError


class CollectorError(SpanmillError):
    """The collector cannot start or go on; the sentence names the thing, the value and the remedy."""


class WalFailure(Exception):
    """The write-ahead log could not be written or synced, so nothing of this commit may be acknowledged."""


class ReasonRow(NamedTuple):
    """
    How a refusal looks on the wire.

    `retry_after_s` is the hint for clients that may come again, None where coming again is useless. It must stay well
    below the 10 s after which OpenTelemetry's Python exporters give a batch up.
    """

    label: str
    grpc_code: int
    http_status: int
    retry_after_s: int | None = None


class Reason(Enum):
    """Why a request was refused; the numbers are those of ``google.rpc.Code`` and HTTP (OTLP 1.11, facts A1, A2)."""

    UNDECODABLE = ReasonRow("undecodable", 3, 400)
    UNAUTHENTICATED = ReasonRow("unauthenticated", 16, 401)
    FORBIDDEN = ReasonRow("forbidden", 7, 403)
    TIMED_OUT = ReasonRow("timed_out", 4, 408)
    TOO_LARGE = ReasonRow("too_large", 8, 413)
    UNSUPPORTED_TYPE = ReasonRow("unsupported_type", 3, 415)
    UNSUPPORTED_ENCODING = ReasonRow("unsupported_encoding", 3, 415)
    NOT_SERVED = ReasonRow("not_served", 12, 404)
    WRONG_METHOD = ReasonRow("wrong_method", 12, 405)
    KEYS_UNKNOWN = ReasonRow("keys_unknown", 14, 503, retry_after_s=2)
    OVERLOADED = ReasonRow("overloaded", 14, 503, retry_after_s=2)
    WAL_FULL = ReasonRow("wal_full", 14, 503, retry_after_s=3)
    WAL_FAILED = ReasonRow("wal_failed", 14, 503, retry_after_s=3)
    STOPPING = ReasonRow("stopping", 14, 503, retry_after_s=1)


class Refusal(Exception):
    """
    A request that is not accepted: nothing of it is stored.

    Attributes:
        reason: What the client's code should do about it.
        message: One sentence for the client's log.
        items: Spans, log records or data points in it, 0 where that is not known.
    """

    def __init__(self, reason: Reason, message: str, *, items: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.items = items
