"""
The collector's part of the ledger: what it refused, and what became a dead letter.

What was accepted needs no writing down here: its counts travel inside the requests. Refusals are added up by minute,
account and reason, and written to ClickHouse every few seconds. While it is away they wait in memory, as few rows as
there were minutes and reasons; a kill loses those that were not written yet, whose clients were told no.
"""

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from spanmill_collector.accounts.tally import Account, Amount
from spanmill_store.errors import StoreError
from spanmill_store.ingest_ledger import LedgerRow

logger = logging.getLogger(__name__)

WriteLedger = Callable[[Sequence[LedgerRow], str], None]
"""Adds rows to the ledger, once per token; raises `StoreError`."""


class _Line(NamedTuple):
    minute: int
    account: Account
    signal: str
    reason: str


class Ledger:
    """What is to be written; `add` is for the event loop, `flush` may block and runs in a thread, one at a time."""

    def __init__(self, write: WriteLedger, now_s: Callable[[], float] = time.time) -> None:
        self._write = write
        self._now_s = now_s
        self._run = secrets.token_hex(6)
        self._flushes = 0
        self._lines: dict[_Line, Amount] = defaultdict(Amount)
        self._frozen: tuple[list[LedgerRow], str] | None = None

    def refused(self, account: Account, signal: str, reason: str, items: int) -> None:
        """Count a request that was refused."""
        line = _Line(int(self._now_s()) // 60, account, signal, reason)
        before = self._lines[line]
        self._lines[line] = Amount(before.requests + 1, before.items + items)

    def freeze(self) -> bool:
        """Prepare what there is for the next `flush`; return whether there is anything."""
        if self._frozen is None and self._lines:
            lines, self._lines = self._lines, defaultdict(Amount)
            self._flushes += 1
            rows = [_row(line, amount) for line, amount in lines.items()]
            self._frozen = (rows, f"ledger-{self._run}-{self._flushes}")
        return self._frozen is not None

    def flush(self) -> bool:
        """Write what is frozen; what cannot be written is tried again next time, under the same token."""
        if self._frozen is None:
            return True
        try:
            self._write(*self._frozen)
        except StoreError as error:
            logger.debug("the ledger waits: %s", error)
            return False
        self._frozen = None
        return True


def _row(line: _Line, amount: Amount) -> LedgerRow:
    return LedgerRow(
        minute=datetime.fromtimestamp(line.minute * 60, UTC),
        project=line.account.project,
        key_id=line.account.key_id,
        signal=line.signal,
        outcome="refused",
        reason=line.reason,
        requests=amount.requests,
        items=amount.items,
    )
