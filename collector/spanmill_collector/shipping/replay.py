"""Sending dead letters again, after what made ClickHouse refuse them was mended."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import NamedTuple

from spanmill_collector.shipping.dead_letters import DeadLetter
from spanmill_collector.shipping.sink import SegmentSink
from spanmill_store.errors import QueryRejected

OpenSink = Callable[[str], AbstractContextManager[SegmentSink]]
"""Connects the sink of a signal."""


class Replayed(NamedTuple):
    """What became of a dead letter: stored, or refused once more, for *reason*."""

    letter: DeadLetter
    reason: str | None


def replay(letters: Iterable[DeadLetter], open_sink: OpenSink) -> Iterator[Replayed]:
    """
    Send *letters* again, one by one, and remove those that are stored now.

    Raises:
        StoreUnavailable: Nobody answers; the others stay.
    """
    for letter in letters:
        with open_sink(letter.note.signal) as sink:
            times_ns = [letter.note.receive_time_ns]
            try:
                sink.insert_again(partial(_record, letter), letter.note.token, times_ns, letter.note.items)
            except QueryRejected as rejection:
                sink.remove(times_ns)
                yield Replayed(letter.with_reason(str(rejection)), str(rejection))
                continue
            sink.write_ledger(letter.note.ledger_rows(taken_back=True), f"replay {letter.note.token}")
        letter.remove()
        yield Replayed(letter, None)


def _record(letter: DeadLetter) -> list[bytes]:
    return [letter.read()]
