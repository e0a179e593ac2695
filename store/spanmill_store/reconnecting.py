"""A connection that is made when it is first needed, and made anew after it failed."""

import contextlib
from collections.abc import Iterator

from spanmill_store.client import Store
from spanmill_store.errors import StoreError


class Reconnecting:
    """The server at a URL, for those who come back to it again and again; for one thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """
        Give the connection.

        Raises:
            StoreError: Nobody answers, or what the block asked for failed.
        """
        if self._store is None:
            self._store = Store.connect(self._url)
        try:
            yield self._store
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; the next use makes another."""
        if self._store is not None:
            self._store.close()
            self._store = None
