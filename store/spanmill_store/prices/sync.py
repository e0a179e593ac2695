"""Bringing the table of prices up to date, and spans with it."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spanmill_store import cluster
from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.prices import table
from spanmill_store.prices.book import Key, PriceBook
from spanmill_store.prices.fill import fill
from spanmill_store.prices.price import Timeline
from spanmill_store.prices.user_file import ORIGIN_PREFIX, load

RECENT_S: Final = 15 * 60
"""How far an ordinary round looks back for models and for spans without a cost."""

DAY_S: Final = 24 * 3600
"""How far a thorough round looks back, for spans that a collector could not deliver at once."""

LOOKBACK_S: Final = 7 * DAY_S
"""How far the first round looks back, and one that changed a price."""

MAX_MODELS: Final = 10_000
"""Models that one round looks at, the most called first."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a round did: rows of the table that it wrote, and spans that it gave a cost."""

    rows: int
    spans: int


def sync(store: Store, prices: Path | None, *, within_s: int = LOOKBACK_S, forgets_file: bool = False) -> Synced:
    """
    Write what has changed in the price list, in the user's file *prices*, or in the models that spans name.

    Without a file, prices from the one that was used last stay as they are, since this process may just not be told of
    it; *forgets_file* removes them.

    Raises:
        PriceFileError: The file cannot be used. Nothing was changed.
        StoreError: ClickHouse said no. What was left undone is done by the next call.
    """
    user = load(prices) if prices is not None else None
    old = table.in_force(store)
    new = PriceBook(user).wanted([*old, *_seen(store, within_s)])
    if user is None and not forgets_file:
        new |= {key: periods for key, periods in old.items() if _is_of_file(periods)}
    written = table.change(store, old, new)
    if written:
        _reload(store)
    return Synced(written, fill(store, LOOKBACK_S if written else within_s))


def _seen(store: Store, within_s: int) -> list[Key]:
    rows = store.rows("prices/models_seen", within_s=within_s, limit=MAX_MODELS)
    return [(row["SeenProvider"], row["Model"]) for row in rows]


def _is_of_file(periods: Timeline) -> bool:
    return any(period.origin.startswith(ORIGIN_PREFIX) for period in periods)


def _reload(store: Store) -> None:
    """Make the new prices count at once; where that is not allowed they do within half a minute, see the dictionary."""
    try:
        cluster.run(store, "prices/reload")
    except StoreError as error:
        logger.warning("Changed prices count within half a minute: %s", error)
