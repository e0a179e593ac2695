"""Where segments go: the seam between the shipper and the store."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from spanmill_store.ingest_ledger import LedgerRow


class SegmentSink(Protocol):
    """Stores segments of one signal; the real one is the store's ``SignalIngest``."""

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """
        Store *segment* exactly once under *token* and return the number of rows written.

        Raises:
            StoreUnavailable: Try again later with the same bytes and the same token; also while it is not set up.
            QueryRejected: These bytes will never be accepted.
        """

    def insert_again(
        self, open_segment: Callable[[], Iterable[bytes]], token: str, times_ns: Sequence[int], items: int
    ) -> int:
        """
        Do the same for a segment that may have been stored before, wholly or in part, although nobody saw it.

        *times_ns* are the receive times of its requests, *items* the rows that they are worth: with them the store
        makes sure that they are there once, whatever it remembers of the token.
        """

    def remove(self, times_ns: Sequence[int]) -> None:
        """
        Take away what a refused insert of the requests that were received at *times_ns* left behind.

        From now on they need a token that was never used.
        """

    def write_ledger(self, rows: Sequence[LedgerRow], token: str) -> None:
        """
        Add *rows* to the ledger, once per *token*.

        Raises:
            StoreUnavailable: Try again later.
        """


SinkFactory = Callable[[], AbstractContextManager[SegmentSink]]
"""Connects; raises `StoreUnavailable` when nobody answers."""
