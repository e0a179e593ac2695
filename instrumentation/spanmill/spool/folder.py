"""The folder: one file for each batch, there as a whole or not at all, and sent by one process at a time."""

import contextlib
import fcntl
import itertools
import os
import re
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spanmill._target import Signal

MAX_BYTES: Final = 256_000_000
WEIGH_S: Final = 1.0
"""For so long a sum of sizes is good; other processes may write more meanwhile."""

STALE_S: Final = 600.0
"""Nobody writes one file for longer: whoever began it has died."""

_BLOCK_BYTES: Final = 4096
_UNFINISHED: Final = ".part"
_NAME: Final = re.compile(r"(?P<at>\d{20})-\d+-\d+-(?P<items>\d+)-(?P<crc>[0-9a-f]{8})\.(?P<signal>traces|logs)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A file as its name describes it.

    Attributes:
        name: Of the file; those of earlier batches sort before those of later ones.
        signal: Which kind of request it holds.
        items: How many spans or log records.
        crc: Of its content.
    """

    name: str
    signal: Signal
    items: int
    crc: int

    def is_intact(self, data: bytes) -> bool:
        """Whether *data* is what was written."""
        return zlib.crc32(data) == self.crc

    @classmethod
    def named(cls, name: str) -> "Waiting | None":
        """Return the description in *name*, None where the file is none of ours."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        signal: Signal = "traces" if found["signal"] == "traces" else "logs"
        return cls(name, signal, int(found["items"]), int(found["crc"], 16))


class Folder:
    """Files of OTLP requests, which several processes may write and send; *max_bytes* are for all of them together."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._numbers = itertools.count()
        self._bytes = 0
        self._weighed_s = float("-inf")
        self._make()
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(f"{path} is not writable")

    def write(self, signal: Signal, items: int, data: bytes) -> bool:
        """
        Write a batch so that it outlives this process and the machine's next crash; False where there is no room.

        The newest are turned away, not the oldest thrown out: what was written once stays until a collector has it.
        """
        self._make()
        if not self._has_room(len(data)):
            return False
        at, number, crc = time.time_ns(), next(self._numbers), zlib.crc32(data)
        name = f"{at:020}-{os.getpid()}-{number}-{items}-{crc:08x}.{signal}"
        unfinished = self.path / (name + _UNFINISHED)
        try:
            _write_through(unfinished, data)
            unfinished.rename(self.path / name)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        self._sync()
        return True

    def waiting(self) -> list[Waiting]:
        """All batches, the oldest first; what processes left unfinished when they were killed is removed."""
        names = sorted(entry.name for entry in self._entries())
        for name in names:
            if name.endswith(_UNFINISHED):
                self._remove_if_stale(name)
        return [found for name in names if (found := Waiting.named(name))]

    @contextlib.contextmanager
    def claimed(self, waiting: Waiting) -> Iterator[bytes | None]:
        """
        Keep other processes from sending a batch while the block runs; None where one does so, or has done.

        The claim is a lock of the kernel's, which ends with its process, however that ends, and which no fork inherits.
        """
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            file = os.fdopen(os.open(self.path / waiting.name, flags), "rb")
        except OSError:  # it is gone, or belongs to another user
            yield None
            return
        with file:
            yield file.read() if _is_locked(file.fileno()) else None

    def remove(self, waiting: Waiting) -> None:
        """Forget a batch; call it while it is claimed."""
        self.path.joinpath(waiting.name).unlink(missing_ok=True)

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _has_room(self, size: int) -> bool:
        now_s = time.monotonic()
        if now_s - self._weighed_s > WEIGH_S:
            self._bytes = sum(map(_weight, self._entries()))
            self._weighed_s = now_s
        after = self._bytes + _whole_blocks(size)
        if after > self._max_bytes:
            return False
        self._bytes = after
        return True

    def _entries(self) -> list[os.DirEntry[str]]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self.path) as entries:
            return list(entries)
        return []

    def _remove_if_stale(self, name: str) -> None:
        path = self.path / name
        with contextlib.suppress(OSError):  # it has been finished or removed since
            if time.time() - path.stat().st_mtime > STALE_S:
                path.unlink()

    def _sync(self) -> None:
        """Let the new name outlive a crash of the machine, as the content does."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_through(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _is_locked(descriptor: int) -> bool:
    """Lock the file; False where another process has, has sent it since it was opened, or another user has made it."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    found = os.fstat(descriptor)
    return found.st_nlink > 0 and found.st_uid == os.geteuid()


def _weight(entry: os.DirEntry[str]) -> int:
    with contextlib.suppress(OSError):  # it has been sent since
        return _whole_blocks(entry.stat(follow_symlinks=False).st_size)
    return 0


def _whole_blocks(size: int) -> int:
    """What a file of *size* takes on a disk: many small ones take more than their sizes say."""
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
