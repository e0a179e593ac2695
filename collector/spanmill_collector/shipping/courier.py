"""One delivery: a segment is checked where need be, sent, and removed or set aside. Runs outside the event loop."""

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from spanmill_collector.accounts.tally import Account, Tally
from spanmill_collector.shipping.dead_letters import DeadLetters, Note
from spanmill_collector.shipping.isolation import Refused, isolate
from spanmill_collector.shipping.sink import SegmentSink, SinkFactory
from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.frames import Found
from spanmill_collector.wal.recovery import records_in, repair
from spanmill_collector.wal.segment import Segment
from spanmill_store.errors import QueryRejected
from spanmill_store.otlp.blame import blames_the_data
from spanmill_store.otlp.repetition import unused

logger = logging.getLogger(__name__)


_PIECE_BYTES: Final = 256 * 1024
"""Far more than the 16 KiB in which an HTTP client reads a file: a hundred system calls a segment, not thousands."""


PATIENCE: Final = 10
"""How often a segment is sent whole that ClickHouse refuses for a reason which need not be its data's."""


class Outcome(Enum):
    """What became of a segment; in each case it is no longer in the log."""

    STORED = "stored"
    EMPTY = "empty"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    What happened to a segment so far.

    Attributes:
        tries: How often it was sent; a try that failed may have arrived.
        rejections: How often ClickHouse refused it for a reason that need not be its data's.
    """

    tries: int = 0
    rejections: int = 0

    def after(self, error: Exception) -> "Attempt":
        """The attempt that follows one that ended in *error*."""
        return Attempt(self.tries + 1, self.rejections + isinstance(error, QueryRejected))


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    How a delivery ended.

    Attributes:
        took_s: How long the store took.
        recovered: What an earlier run had acknowledged.
        stored, dead, lost: What became of the items.
    """

    outcome: Outcome
    took_s: float = 0.0
    recovered: Tally = field(default_factory=Tally)
    stored: Tally = field(default_factory=Tally)
    dead: Tally = field(default_factory=Tally)
    lost: Tally = field(default_factory=Tally)

    def tallies(self) -> dict[str, Tally]:
        """The tallies by the metric that counts them."""
        return {
            "recovered_items_total": self.recovered,
            "stored_items_total": self.stored,
            "dead_letter_items_total": self.dead,
            "lost_items_total": self.lost,
        }


class Courier:
    """Delivers segments of one signal to one sink, one at a time."""

    def __init__(self, signal: str, folder: WalFolder, dead_letters: DeadLetters, open_sink: SinkFactory) -> None:
        self._signal = signal
        self._folder = folder
        self._dead_letters = dead_letters
        self._open_sink = open_sink
        self._connection = contextlib.ExitStack()
        self._sink: SegmentSink | None = None

    def deliver(self, segment: Segment, attempt: Attempt) -> Delivery:
        """
        Deliver *segment* under its name.

        Raises:
            StoreUnavailable: It stays in the log; deliver it again later.
            QueryRejected: The same, as ClickHouse's reason need not be the data's.
        """
        if not segment.path.exists():
            logger.error("segment %s has gone from %s: somebody removed it", segment.name, segment.path.parent)
            return Delivery(Outcome.GONE, lost=segment.tally)
        records = None
        if segment.is_suspect or attempt.tries:
            records = repair(self._folder, segment.path)
            if not records:
                segment.path.unlink()
                return Delivery(Outcome.EMPTY, lost=segment.tally)
        began = time.perf_counter()
        dead: list[Note] = []
        try:
            self._send(segment, records)
        except QueryRejected as rejection:
            if not (blames_the_data(rejection) or attempt.rejections >= PATIENCE):
                raise
            dead = self._send_what_can_be(segment, str(rejection))
        segment.path.unlink()
        everything = segment.tally if records is None else _tally(records)
        return Delivery(
            Outcome.STORED,
            took_s=time.perf_counter() - began,
            recovered=everything if segment.is_suspect else Tally(),
            stored=everything.without(_dead_tally(dead)),
            dead=_dead_tally(dead),
        )

    def close(self) -> None:
        """Disconnect."""
        self._sink = None
        self._connection.close()

    def _connected(self) -> SegmentSink:
        if self._sink is None:
            self._sink = self._connection.enter_context(self._open_sink())
        return self._sink

    def _send(self, segment: Segment, records: Sequence[Found] | None) -> None:
        if records is None:
            self._connected().insert(_pieces(segment.path), segment.name)
            return
        items = sum(record.stamp.items for record in records)
        self._connected().insert_again(lambda: _pieces(segment.path), segment.name, _times_ns(records), items)

    def _send_what_can_be(self, segment: Segment, reason: str) -> list[Note]:
        """Store all requests of a refused *segment* but those to blame, and return what is noted of these."""

        def insert(part: Sequence[Found], token: str) -> None:
            try:
                self._connected().insert([_stretch(segment.path, part[0].start, part[-1].end)], unused(token))
            except QueryRejected:
                self._connected().remove(_times_ns(part))
                raise

        records = records_in(segment.path)
        self._connected().remove(_times_ns(records))
        refused = isolate(records, segment.name, insert, reason)
        return [self._keep(segment.path, one) for one in refused]

    def _keep(self, path: Path, refused: Refused) -> Note:
        stamp = refused.record.stamp
        note = Note(
            signal=self._signal,
            token=refused.token,
            reason=refused.reason,
            project=stamp.project,
            key_id=stamp.key_id,
            receive_time_ns=stamp.receive_time_ns,
            items=stamp.items,
        )
        kept = self._dead_letters.keep(_stretch(path, refused.record.start, refused.record.end), note)
        self._connected().write_ledger(note.ledger_rows(), f"dead-letter {note.token}")
        logger.error("ClickHouse will never take a request, kept as dead letter %s: %s", kept.path, refused.reason)
        return note


def _tally(records: Sequence[Found]) -> Tally:
    tally = Tally()
    for record in records:
        tally.add(Account(record.stamp.project, record.stamp.key_id), record.stamp.items)
    return tally


def _dead_tally(notes: Sequence[Note]) -> Tally:
    tally = Tally()
    for note in notes:
        tally.add(Account(note.project, note.key_id), note.items)
    return tally


def _stretch(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


def _times_ns(records: Sequence[Found]) -> list[int]:
    return [record.stamp.receive_time_ns for record in records]


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
