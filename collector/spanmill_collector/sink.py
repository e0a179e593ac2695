"""Where segments go: the seam between the shipper and the store."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import BinaryIO, Final, Protocol

from spanmill_store.errors import QueryRejected


class SegmentSink(Protocol):
    """Stores segments; the real one is the store's ``TraceIngest``."""

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """
        Store *segment* exactly once under *token* and return the number of rows written.

        Raises:
            StoreUnavailable: Try again later with the same bytes and the same token.
            QueryRejected: These bytes will never be accepted.
        """


SinkFactory = Callable[[], AbstractContextManager[SegmentSink]]
"""Connects; raises `StoreUnavailable` when nobody answers."""

_SET_UP_FAULTS: Final = frozenset(
    {
        16,  # NO_SUCH_COLUMN_IN_TABLE
        47,  # UNKNOWN_IDENTIFIER
        60,  # UNKNOWN_TABLE
        81,  # UNKNOWN_DATABASE
        115,  # UNKNOWN_SETTING
        164,  # READONLY
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        195,  # IP_ADDRESS_NOT_ALLOWED
        201,  # QUOTA_EXCEEDED
        452,  # SETTING_CONSTRAINT_VIOLATION
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
    }
)
"""ClickHouse codes that speak of the server's set-up (not migrated, wrong password, …), never of a segment's bytes."""


def blames_the_segment(rejection: QueryRejected) -> bool:
    """Whether *rejection* is about the bytes that were sent; otherwise they will be taken once the server is mended."""
    return rejection.code not in _SET_UP_FAULTS
