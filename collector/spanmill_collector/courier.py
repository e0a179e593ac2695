"""One delivery: a segment is checked where need be, sent, and removed or set aside. Runs outside the event loop."""

import contextlib
import logging
import time
from collections.abc import Iterator
from enum import Enum
from typing import BinaryIO, Final, NamedTuple

from spanmill_collector.folder import WalFolder
from spanmill_collector.recovery import repair
from spanmill_collector.segment import Segment
from spanmill_collector.sink import SegmentSink, SinkFactory
from spanmill_store.errors import QueryRejected

logger = logging.getLogger(__name__)


_PIECE_BYTES: Final = 256 * 1024
"""Far more than the 16 KiB in which an HTTP client reads a file: a hundred system calls a segment, not thousands."""


class Outcome(Enum):
    """What became of a segment; in each case it is no longer in the log."""

    STORED = "stored"
    EMPTY = "empty"
    GONE = "gone"
    DEAD_LETTERED = "dead-lettered"


class Delivery(NamedTuple):
    """The outcome of one delivery and how long the store took."""

    outcome: Outcome
    took_s: float = 0.0


class Courier:
    """Delivers segments to one sink, one at a time."""

    def __init__(self, folder: WalFolder, open_sink: SinkFactory) -> None:
        self._folder = folder
        self._open_sink = open_sink
        self._connection = contextlib.ExitStack()
        self._sink: SegmentSink | None = None

    def deliver(self, segment: Segment) -> Delivery:
        """
        Deliver *segment* under its name.

        Raises:
            StoreUnavailable: It stays in the log; deliver it again later.
        """
        if not segment.path.exists():
            logger.error("segment %s has gone from %s: somebody removed it", segment.name, segment.path.parent)
            return Delivery(Outcome.GONE)
        if segment.is_suspect and not repair(self._folder, segment.path):
            segment.path.unlink()
            return Delivery(Outcome.EMPTY)
        began = time.perf_counter()
        try:
            with segment.path.open("rb") as body:
                self._connected().insert(_pieces(body), segment.name)
        except QueryRejected as rejection:
            return self._set_aside(segment, rejection)
        segment.path.unlink()
        return Delivery(Outcome.STORED, time.perf_counter() - began)

    def close(self) -> None:
        """Disconnect."""
        self._sink = None
        self._connection.close()

    def _connected(self) -> SegmentSink:
        if self._sink is None:
            self._sink = self._connection.enter_context(self._open_sink())
        return self._sink

    def _set_aside(self, segment: Segment, rejection: QueryRejected) -> Delivery:
        kept = self._folder.set_refused_aside(segment.path, str(rejection))
        logger.error("ClickHouse will never take segment %s, kept in %s: %s", segment.name, kept, rejection)
        return Delivery(Outcome.DEAD_LETTERED)


def _pieces(body: BinaryIO) -> Iterator[bytes]:
    while piece := body.read(_PIECE_BYTES):
        yield piece
