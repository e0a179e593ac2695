"""Sending OTLP request bytes to ClickHouse, which decodes them."""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources
from typing import BinaryIO, Self

from spanmill_store import cluster, ingest_ledger
from spanmill_store.client import Store
from spanmill_store.cluster import Cluster
from spanmill_store.errors import QueryRejected, StoreUnavailable
from spanmill_store.ingest_ledger import LedgerRow
from spanmill_store.otlp.blame import blames_the_server
from spanmill_store.otlp.repetition import drop_doubles, items_on, parts_of, remove_items, unused
from spanmill_store.reconnecting import Reconnecting

logger = logging.getLogger(__name__)


class SignalIngest:
    """
    Inserts segments of one signal's export requests, each exactly once however often it is sent.

    A segment is a run of ``varint length + request bytes``. Its token names it for ever: ClickHouse drops a second copy
    in every table that the first one reached.
    """

    def __init__(self, url: str, signal: str) -> None:
        """Remember *url*; the connection is made when the first segment of *signal* is sent."""
        self._connection = Reconnecting(url)
        self._signal = signal
        schema = resources.files("spanmill_store") / "sql" / "otlp" / f"{signal}.proto"
        self._settings = {
            "format_schema_source": "string",
            "format_schema": schema.read_text(encoding="utf-8"),
            "format_schema_message_name": "Request",
            # A request may carry items of any day, as one with a broken clock does.
            "throw_on_max_partitions_per_insert_block": 0,
        }

    def __enter__(self) -> Self:
        """Return the ingest itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Give the connection back; the next insert opens another."""
        self._connection.close()

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """
        Send *segment* under *token* and return the number of rows written, over all tables.

        Raises:
            StoreUnavailable: Keep the segment and send it again with the same token.
            QueryRejected: ClickHouse refuses it; `spanmill_store.otlp.blame` says whether its bytes are to blame.
        """
        settings = {**self._settings, "insert_deduplication_token": token}
        with self._store() as store:
            return store.insert_bytes(f"otlp_{self._signal}", segment, format_name="Protobuf", settings=settings)

    def insert_again(
        self, open_segment: Callable[[], Iterable[bytes]], token: str, times_ns: Sequence[int], items: int
    ) -> int:
        """
        Do the same for a segment that may have been stored before, wholly or in part, although nobody saw it.

        *times_ns* are the receive times of its requests, *items* the rows that they are worth. Should ClickHouse have
        stored the rows and forgotten the token, the second copy is dropped again; should it remember the token of rows
        that `remove` has taken away, they are sent under another one.
        """
        with self._store() as store:
            if on := cluster.of(store):
                return self._insert_again_on(on, open_segment, token, times_ns, items)
            before = parts_of(store, self._signal, times_ns)
        written = self.insert(open_segment(), token)
        with self._store() as store:
            after = parts_of(store, self._signal, times_ns)
            if before and sum(after.values()) > items:
                doubles = drop_doubles(store, before, after)
                logger.warning("ClickHouse had stored %s and forgotten it; dropped %d parts again", token, len(doubles))
        if sum(after.values()) < items:
            return self.insert(open_segment(), unused(token))
        return written

    def _insert_again_on(
        self, on: Cluster, open_segment: Callable[[], Iterable[bytes]], token: str, times_ns: Sequence[int], items: int
    ) -> int:
        """Do so on a cluster, where no node can say which parts of another hold what; see `repetition`."""
        written = self.insert(open_segment(), token)
        with self._store() as store:
            stored = items_on(on, store, self._signal, times_ns, expected=items)
            if stored == items:
                return written
            logger.warning(
                "Of %s %d items are stored, not %d: taking them away and sending it anew", token, stored, items
            )
            remove_items(store, self._signal, times_ns)
        return self.insert(open_segment(), unused(token))

    def remove(self, times_ns: Sequence[int]) -> None:
        """
        Take away what a refused insert of the requests that were received at *times_ns* left behind.

        ClickHouse writes table by table: what a view refuses may already be in another one. From now on these requests
        need a token that was never used (see `unused`).
        """
        with self._store() as store:
            remove_items(store, self._signal, times_ns)

    def write_ledger(self, rows: Sequence[LedgerRow], token: str) -> None:
        """
        Add *rows* to the ledger, once per *token*.

        Raises:
            StoreUnavailable: Try again later.
        """
        with self._store() as store:
            ingest_ledger.write(store, rows, token)

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        """Give the connection; what blames how the server is set up is no rejection: it will be mended."""
        try:
            with self._connection.store() as store:
                yield store
        except QueryRejected as error:
            if blames_the_server(error):
                raise StoreUnavailable(str(error), error.code) from error
            raise
