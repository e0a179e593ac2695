"""One segment file: appended to and synced by the writer thread, handed on when it is sealed."""

import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from spanmill_collector.accounts.tally import Account, Tally
from spanmill_collector.wal.frames import Record

OPEN_SUFFIX: Final = ".open"
SEALED_SUFFIX: Final = ".sealed"
_IOV_MAX: Final = 1020
"""Buffers per system call; Linux and macOS allow 1024."""

logger = logging.getLogger(__name__)

Sync = Callable[[int], None]
"""Makes what was written to a file descriptor durable: `os.fdatasync`, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Segment:
    """
    A sealed segment, ready to be shipped.

    Attributes:
        path: The file.
        size_bytes: What it takes of the log's budget.
        is_suspect: It was left by an earlier process or follows a write error, so it is checked before it is shipped.
        tally: What is in it; of a suspect segment it is known when it has been checked.
    """

    path: Path
    size_bytes: int
    is_suspect: bool = False
    tally: Tally = field(default_factory=Tally, compare=False)

    @property
    def name(self) -> str:
        """The token that makes its insert happen once."""
        return self.path.stem


class OpenSegment:
    """
    A segment that records are appended to.

    Attributes:
        size_bytes: What is committed, that is written and synced.
    """

    def __init__(self, path: Path, sync: Sync) -> None:
        self._path = path
        self._sync = sync
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._tally = Tally()
        self.size_bytes = 0

    def append(self, records: Sequence[Record]) -> None:
        """
        Write *records* and sync them. After an `OSError` the segment may only be sealed.

        Raises:
            OSError: They are not durable; `size_bytes` still names the durable part.
        """
        buffers = list(chain.from_iterable(record.parts for record in records))
        written = sum(_write_all(self._fd, buffers[i : i + _IOV_MAX]) for i in range(0, len(buffers), _IOV_MAX))
        self._sync(self._fd)
        self.size_bytes += written
        for record in records:
            self._tally.add(Account(record.stamp.project, record.stamp.key_id), record.stamp.items)

    def seal(self) -> Segment:
        """Close the file, cut off what is not committed and rename it to what it now is."""
        is_suspect = not self._cut()
        with contextlib.suppress(OSError):
            # What counts was synced before; the descriptor is gone even when close complains.
            os.close(self._fd)
        sealed = self._path.with_suffix(SEALED_SUFFIX)
        try:
            self._path.rename(sealed)
        except OSError:
            # The name only tells people the state: the same segment is found and shipped under either.
            logger.warning("segment %s could not be renamed, shipping it as it is", self._path.name, exc_info=True)
            sealed = self._path
        return Segment(sealed, self.size_bytes, is_suspect, self._tally)

    def _cut(self) -> bool:
        try:
            if os.fstat(self._fd).st_size != self.size_bytes:
                os.ftruncate(self._fd, self.size_bytes)
        except OSError:
            logger.warning("segment %s could not be cut back to what was committed", self._path.name, exc_info=True)
            return False
        return True


def _write_all(fd: int, buffers: Sequence[bytes]) -> int:
    """Write *buffers* completely, in one system call unless the kernel takes less, and return their size."""
    size = sum(map(len, buffers))
    written = os.writev(fd, buffers)
    if written < size:
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(fd, rest) :]
    return size
