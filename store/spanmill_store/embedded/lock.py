"""
One server per data directory, said in one sentence.

The engine locks the directory as well, but its refusal names neither the directory nor the holder; this lock is taken
first.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Self

from spanmill_store.errors import SpanmillError

LOCK_NAME = "spanmill.lock"


class DataDirectoryError(SpanmillError):
    """The data directory is in use or cannot be used."""


class DataDirectoryLock:
    """A lock that lives as long as this process, or until it is released; the holder is recorded in the file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path, port: int) -> Self:
        """
        Create *folder* where needed and lock it.

        Raises:
            DataDirectoryError: Another server holds the folder, or it cannot be created or written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(
                f"The data directory {folder} cannot be written ({error.strerror}): "
                "choose another one with --data-dir or SPANMILL_DATA_DIR."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise DataDirectoryError(
                f"The data directory {folder} is in use by another spanmill clickhouse{holder}: "
                "stop that one, or choose another directory with --data-dir."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "port": port}).encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._descriptor)


def _holder(descriptor: int) -> str:
    try:
        record = json.loads(os.pread(descriptor, 1000, 0))
        return f" (process {int(record['pid'])}, port {int(record['port'])})"
    except (ValueError, KeyError, TypeError):
        return ""
