"""Models whose calls cost nobody knows what, and the line of a price file that would tell."""

import json
from dataclasses import dataclass

from spanmill_store.client import Store


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model without a price, at a provider, and how often it was called."""

    provider: str
    model: str
    calls: int

    @property
    def line(self) -> str:
        """The line that gives it a price, in YAML, with the numbers left to be filled in."""
        said = {"model": self.model, **({"provider": self.provider} if self.provider else {})}
        names = ", ".join(f"{key}: {json.dumps(text, ensure_ascii=False)}" for key, text in said.items())
        return f"- {{{names}, input_mtok: …, output_mtok: …}}"


def models_without_price(store: Store, *, within_s: int, limit: int) -> list[Unpriced]:
    """Return those called in the last *within_s* seconds, the most called first."""
    rows = store.rows("prices/models_without_price", within_s=within_s, limit=limit)
    return [Unpriced(row["SeenProvider"], row["Model"], int(row["Calls"])) for row in rows]
