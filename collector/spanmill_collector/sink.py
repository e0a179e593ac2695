"""Where segments go: the seam between the shipper and the store."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol


class SegmentSink(Protocol):
    """Stores segments; the real one is the store's ``TraceIngest``."""

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """
        Store *segment* exactly once under *token* and return the number of rows written.

        Raises:
            StoreUnavailable: Try again later with the same bytes and the same token; also while it is not set up.
            QueryRejected: These bytes will never be accepted.
        """


SinkFactory = Callable[[], AbstractContextManager[SegmentSink]]
"""Connects; raises `StoreUnavailable` when nobody answers."""
