"""Does every model that is called have a price?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from spanmill_deploy.doctor.findings import Finding, State
from spanmill_store.client import Store
from spanmill_store.prices.unpriced import Unpriced, models_without_price

WITHIN_S: Final = 24 * 3600
SHOWN: Final = 10


def models(store: Store, prices: Path | None) -> Iterator[Finding]:
    """Which models of the last day have no price, and the line that gives them one."""
    found = models_without_price(store, within_s=WITHIN_S, limit=SHOWN)
    if not found:
        yield Finding("prices", State.GOOD, "every call of the last day that says its tokens has a cost")
    for model in found:
        yield Finding("prices", State.NOTICE, _told(model, prices))


def _told(model: Unpriced, prices: Path | None) -> str:
    whose = f" of {model.provider}" if model.provider else ""
    calls = f"{model.calls} calls of the last day have" if model.calls > 1 else "1 call of the last day has"
    file = str(prices) if prices else "a price file that SPANMILL_PRICES names"
    return (
        f"{model.model}{whose} has no price, so {calls} no cost: "
        f"add to {file}, with what a million tokens cost in US dollars: {model.line}"
    )
