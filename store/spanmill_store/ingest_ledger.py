"""The ledger of what collectors took in, refused and could not store; see migration 0011."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from spanmill_store.client import Store

Outcome = Literal["accepted", "refused", "dead_lettered", "expired", "deleted"]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Requests and items of one minute, account and outcome; amounts add up, and may be negative."""

    minute: datetime
    project: str
    key_id: str
    signal: str
    outcome: Outcome
    reason: str
    requests: int
    items: int


_COLUMNS = ("Minute", "Project", "KeyId", "Signal", "Outcome", "Reason", "EntryId", "Requests", "Items")


def write(store: Store, rows: Sequence[LedgerRow], token: str) -> None:
    """Add *rows*, once however often this is called with the same *token*."""
    entry_id = int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest())
    values = [
        (row.minute, row.project, row.key_id, row.signal, row.outcome, row.reason, entry_id, row.requests, row.items)
        for row in rows
    ]
    store.insert("ingest_ledger", _COLUMNS, values, token=token)


@dataclass(frozen=True, slots=True)
class Account:
    """One minute of one signal and key: received is the sum of all that follows."""

    minute: datetime
    project: str
    key_id: str
    signal: str
    received: int
    stored: int
    refused: int
    dead_lettered: int
    expired: int
    deleted: int
    unaccounted: int


def open_accounts(store: Store, *, within_s: int, settled_s: int) -> list[Account]:
    """
    Return the minutes of the last *within_s* seconds whose books do not balance.

    The last *settled_s* seconds are left out: their items may be on the way.
    """
    return [
        Account(
            minute=row["Minute"],
            project=row["Project"],
            key_id=row["KeyId"],
            signal=row["Signal"],
            received=row["Received"],
            stored=row["Stored"],
            refused=row["Refused"],
            dead_lettered=row["DeadLettered"],
            expired=row["Expired"],
            deleted=row["Deleted"],
            unaccounted=row["Unaccounted"],
        )
        for row in store.rows("ingest/open_accounts", within_s=within_s, settled_s=settled_s)
    ]
