"""
The log's folder: who owns it, what its files are called, where damaged and refused data goes.

::

    wal/1/traces/
      lock                                      held (flock) by the one collector that uses the folder
      <run>-<sequence>-<start ns>.open          being written
      <run>-<sequence>-<start ns>.sealed        waits for ClickHouse
      damaged/     NAME-<offset>.bytes + .reason   bytes that no longer are records

A segment's name is its ``insert_deduplication_token``, so it must never come twice. ``<run>`` is random and new at each
start: neither a clock that was set back nor a copied folder can bring an old name again.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self

from spanmill_collector.durable import make_folder, sync_folder, write_file
from spanmill_collector.errors import CollectorError
from spanmill_collector.wal.segment import OPEN_SUFFIX, SEALED_SUFFIX

DAMAGED: Final = "damaged"


class WalFolder:
    """
    An opened, locked folder. The lock is the kernel's: it goes with the process, however that ends.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path, lock_fd: int, now_ns: Callable[[], int]) -> None:
        self.path = path
        self._lock_fd = lock_fd
        self._now_ns = now_ns
        self._run = secrets.token_hex(6)
        self._sequence = 0

    @classmethod
    def open(cls, path: Path, now_ns: Callable[[], int]) -> Self:
        """
        Create and lock the folder at *path*.

        Raises:
            CollectorError: It cannot be written, or another collector holds it.
        """
        try:
            for folder in (path, path / DAMAGED):
                make_folder(folder)
            lock_fd = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CollectorError(
                f"Cannot write to the folder {path} ({error.strerror}): "
                "make it writable, or set SPANMILL_DATA_DIR to one that is."
            ) from error
        _lock(lock_fd, path)
        return cls(path, lock_fd, now_ns)

    def close(self) -> None:
        """Give the folder free."""
        os.close(self._lock_fd)

    def new_segment_path(self) -> Path:
        """Path of the next segment, under a name that was never used before."""
        self._sequence += 1
        return self.path / f"{self._run}-{self._sequence:010d}-{self._now_ns()}{OPEN_SUFFIX}"

    def left_over(self) -> list[Path]:
        """Segments of earlier processes, oldest first."""
        found = [path for path in self.path.iterdir() if path.suffix in (OPEN_SUFFIX, SEALED_SUFFIX)]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def sync(self) -> None:
        """Make created, renamed and removed names durable."""
        sync_folder(self.path)

    def set_damaged_aside(self, name: str, damaged: memoryview, reason: str) -> Path:
        """Keep *damaged* bytes for people to look at, durably, before they are cut off their segment."""
        path = self.path / DAMAGED / name
        write_file(path, [damaged])
        _write_reason(path, reason)
        return path

    def rewrite(self, path: Path, parts: Iterable[bytes | memoryview]) -> None:
        """Let the file at *path* hold *parts* instead, all or nothing, durably."""
        write_file(path, parts)


def _write_reason(path: Path, reason: str) -> None:
    path.with_suffix(".reason").write_text(reason + "\n", encoding="utf-8")


def _lock(lock_fd: int, path: Path) -> None:
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(lock_fd, 32).decode(errors="replace").strip() or "unknown"
        os.close(lock_fd)
        raise CollectorError(
            f"Another collector (process {owner}) uses the write-ahead log {path}: "
            "stop it, or give this one its own SPANMILL_DATA_DIR."
        ) from error
    os.ftruncate(lock_fd, 0)
    os.write(lock_fd, f"{os.getpid()}\n".encode())
