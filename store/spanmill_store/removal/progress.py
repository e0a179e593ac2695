"""Whether rows are being removed: until that is finished, the books cannot balance."""

from spanmill_store.client import Store
from spanmill_store.removal import journal, staging


def is_under_way(store: Store) -> bool:
    """Whether somebody removes rows, or was killed while doing so."""
    return bool(journal.entries(store)) or bool(staging.staged(store))
