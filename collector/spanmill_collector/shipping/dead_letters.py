"""
Dead letters: requests that ClickHouse refuses for good, kept with the reason until somebody sends them again.

::

    dead-letter/traces/
      NAME.request   the record as it lay in its segment
      NAME.json      why it is here, whose it is, and the token under which it may still be stored
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from spanmill_collector.durable import make_folder, write_file
from spanmill_store.ingest_ledger import LedgerRow, Outcome

NS_PER_MINUTE: Final = 60_000_000_000
REQUEST_SUFFIX: Final = ".request"
NOTE_SUFFIX: Final = ".json"


@dataclass(frozen=True, slots=True)
class Note:
    """
    What is known of a dead letter.

    Attributes:
        token: Its name, which follows from its place in the segment: it is noted once, and sent again under it.
        receive_time_ns: When it was received, which names its minute in the ledger.
    """

    signal: str
    token: str
    reason: str
    project: str
    key_id: str
    receive_time_ns: int
    items: int

    def ledger_rows(self, *, taken_back: bool = False) -> list[LedgerRow]:
        """
        What the ledger must say: accepted and dead-lettered, or the opposite when that is *taken_back*.

        Nothing is left of the insert that was refused, not even that it was accepted, so both are said here.
        """
        sign = -1 if taken_back else 1
        minute = datetime.fromtimestamp(self.receive_time_ns // NS_PER_MINUTE * 60, UTC)
        outcomes: tuple[Outcome, ...] = ("accepted", "dead_lettered")
        return [
            LedgerRow(minute, self.project, self.key_id, self.signal, outcome, "", sign, sign * self.items)
            for outcome in outcomes
        ]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them."""

    path: Path
    note: Note

    def read(self) -> bytes:
        """The record's bytes."""
        return self.path.read_bytes()

    def remove(self) -> None:
        """Forget it: it is stored now."""
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(NOTE_SUFFIX).unlink(missing_ok=True)

    def with_reason(self, reason: str) -> Self:
        """Note that it was refused again."""
        values = {**asdict(self.note), "reason": reason}
        write_file(self.path.with_suffix(NOTE_SUFFIX), [_json(values)])
        return type(self)(self.path, Note(**values))


class DeadLetters:
    """The folder of one signal's dead letters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, record: bytes | memoryview, note: Note) -> DeadLetter:
        """Write *record* and *note* durably; the same dead letter written again takes its own place."""
        make_folder(self.folder)
        path = self.folder / (note.token.replace("/", "-") + REQUEST_SUFFIX)
        write_file(path.with_suffix(NOTE_SUFFIX), [_json(asdict(note))])
        write_file(path, [record])
        return DeadLetter(path, note)

    def __iter__(self) -> Iterator[DeadLetter]:
        """Go through all of them, oldest first."""
        for path in sorted(self.folder.glob(f"*{REQUEST_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns):
            note = Note(**json.loads(path.with_suffix(NOTE_SUFFIX).read_text(encoding="utf-8")))
            yield DeadLetter(path, note)


def _json(values: dict[str, object]) -> bytes:
    return json.dumps(values, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
