"""What a collector needs of the store, as functions, so that tests can put others in their place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from spanmill_collector.access.keyring import ReadKeys
from spanmill_collector.accounts.ledger import WriteLedger
from spanmill_collector.shipping.sink import SinkFactory
from spanmill_store import ingest_ledger, keys
from spanmill_store.ingest_ledger import LedgerRow
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.reconnecting import Reconnecting


@dataclass(frozen=True, slots=True)
class Backend:
    """
    The store's side.

    Attributes:
        open_sink: Gives what connects to where segments of a signal go.
        read_keys: Asks which keys are usable.
        write_ledger: Adds to the ledger.
    """

    open_sink: Callable[[str], SinkFactory]
    read_keys: ReadKeys
    write_ledger: WriteLedger


def clickhouse(url: str) -> Backend:
    """The store in the ClickHouse database at *url*."""
    for_keys, for_ledger = Reconnecting(url), Reconnecting(url)

    def read_keys() -> list[keys.UsableKey]:
        with for_keys.store() as store:
            return keys.usable(store)

    def write_ledger(rows: Sequence[LedgerRow], token: str) -> None:
        with for_ledger.store() as store:
            ingest_ledger.write(store, rows, token)

    return Backend(lambda signal: partial(SignalIngest, url, signal), read_keys, write_ledger)
