"""What ``spanmill rules status`` shows: how far each version of a rule has come, and what its judge has cost today."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from spanmill_store import ledger, printing, spend
from spanmill_store.client import Store
from spanmill_store.ledger import RuleStatus
from spanmill_store.rule_checks import Trust
from spanmill_store.spend import Spent

_COUNTS: Final = ("sampled", "waiting", "scored", "failed", "flagged", "filtered", "sampled_out")


def rows(store: Store) -> Iterator[dict[str, Any]]:
    """Give a row for each version of a rule that has looked at a target, or has only been checked today."""
    trusted, spent = Trust.read(store), spend.of_versions(store, datetime.now(UTC).date())
    found = ledger.status(store)
    known = {(row.rule, row.version) for row in found}
    found += [RuleStatus(*key, 0, 0, 0, 0, 0, 0, last) for key, (_, last) in spent.items() if key not in known]
    for row in found:
        cost, _ = spent.get((row.rule, row.version), (Spent(), None))
        yield {
            "rule": row.rule,
            "version": row.version,
            **{name: getattr(row, name) for name in _COUNTS},
            "last_time": row.last_time,
            "trust": trusted.of(row.rule, row.version),
            "calls_today": cost.calls,
            "usd_today": cost.usd,
        }


def show(found: Sequence[Mapping[str, Any]]) -> None:
    """Print them as a table."""
    numbers = (*_COUNTS, "calls_today")
    shown = [name.replace("_", " ") for name in numbers]
    printing.as_table(
        ["rule", "version", "trust", *shown, "usd today"],
        [
            [row["rule"], row["version"], row["trust"], *(row[name] for name in numbers), f"{row['usd_today']:.2f}"]
            for row in found
        ],
        frozenset((*shown, "usd today")),
    )
