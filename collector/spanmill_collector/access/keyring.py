"""
The keys that are valid now: read from ClickHouse every few seconds, and kept in a file for when it is away.

A revoked key is therefore refused a few seconds later; while ClickHouse is away, what was known last still holds.
"""

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from spanmill_collector.throttle import Throttle
from spanmill_store.errors import StoreError
from spanmill_store.keys import UsableKey

FILE: Final = "keys.json"

logger = logging.getLogger(__name__)

ReadKeys = Callable[[], Iterable[UsableKey]]
"""Asks ClickHouse; raises `StoreError` when it cannot say."""


class Keyring:
    """
    All usable keys, by id.

    Attributes:
        is_known: Whether the keys were ever read; until then nobody can be told that a key is wrong.
    """

    def __init__(self, folder: Path, read: ReadKeys) -> None:
        self._path = folder / FILE
        self._read = read
        self._keys: dict[str, UsableKey] = {}
        self._throttle = Throttle(logger)
        self.is_known = False

    def find(self, key_id: str) -> UsableKey | None:
        """Return the key with this id."""
        return self._keys.get(key_id)

    def load(self) -> None:
        """Take the keys from the file, where there is one."""
        with contextlib.suppress(FileNotFoundError):
            try:
                rows = json.loads(self._path.read_text(encoding="utf-8"))
                self._take(UsableKey(**{**row, "scopes": tuple(row["scopes"])}) for row in rows)
            except (ValueError, TypeError, KeyError) as error:
                logger.warning("the file %s cannot be read and is ignored (%s)", self._path, error)

    def refresh(self) -> None:
        """Ask ClickHouse; keep what is known where it does not answer. It may block, so run it in a thread."""
        try:
            keys = list(self._read())
        except StoreError as error:
            if not self.is_known:
                self._throttle.error("keys cannot be read yet: %s", error)
            return
        self._throttle.reset()
        if keys != list(self._keys.values()) or not self._path.exists():
            self._save(keys)
        self._take(keys)

    def _take(self, keys: Iterable[UsableKey]) -> None:
        self._keys = {key.key_id: key for key in keys}
        self.is_known = True

    def _save(self, keys: list[UsableKey]) -> None:
        temporary = self._path.with_suffix(".new")
        try:
            with open(temporary, "w", encoding="utf-8", opener=_private) as file:
                json.dump([asdict(key) for key in keys], file)
            temporary.replace(self._path)
        except OSError as error:
            logger.warning("keys cannot be kept in %s (%s)", self._path, error.strerror)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
