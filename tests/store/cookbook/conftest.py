"""The facts, written once into a database, and the cookbook's answers to hold against them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from spanmill_store import cookbook, flags, ledger, scores, usage
from spanmill_store.client import Store
from spanmill_store.reading import answer
from spanmill_store.scores import ScoreRow
from support.databases import Databases

from . import opinions
from .facts import COLUMNS, Turn, rows, turns

LIMIT = "1000"


@dataclass(frozen=True, slots=True)
class Kitchen:
    """Where recipes are asked, about all projects or about one, and what is known about the same."""

    store: Store
    project: str | None

    def ask(self, name: str, **given: object) -> list[dict[str, Any]]:
        """The answer of the recipe *name*, row by row; lists are not cut unless *given* a limit."""
        recipe = cookbook.recipe(name)
        if any(parameter.name == "limit" for parameter in recipe.parameters):
            given = {"limit": LIMIT, **given}
        values = recipe.values({key: str(value) for key, value in given.items()})
        with answer(self.store, recipe.statement, self._projects(), values=values) as found:
            return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def turns(self, days: int = 7, *, every_source: bool = False, noise: bool = False) -> list[Turn]:
        """What happened in these days: of production, unless *every_source* counts."""
        return [
            turn
            for turn in turns()
            if self.project in {None, turn.project}
            and turn.age_h < days * 24
            and (every_source or turn.source == "production")
            and (noise or not turn.is_noise)
        ]

    def scores(self, days: int = 7) -> list[tuple[Turn, ScoreRow]]:
        """The scores that count of these days, each with its turn."""
        known = {turn.trace_id: turn for turn in self.turns(days, every_source=True)}
        newest: dict[object, ScoreRow] = {}
        for score in sorted(opinions.scores(turns()), key=lambda score: score.time):
            if score.trace_id in known and score.source != "experiment":
                newest[score.trace_id, score.name, score.source] = score
        return [(known[score.trace_id], score) for score in newest.values()]

    def _projects(self) -> set[str] | None:
        return None if self.project is None else {self.project}


@pytest.fixture(scope="session")
def filled(databases: Databases) -> Iterator[Store]:
    """A store that holds the facts."""
    with Store.connect(databases.migrated_url()) as store:
        store.insert("otel_traces", COLUMNS, [row for turn in turns() for row in rows(turn)])
        scores.insert(store, opinions.scores(turns()))
        flags.insert(store, opinions.flags(turns()))
        ledger.insert(store, opinions.decisions(turns()))
        usage.fold(store)
        yield store


@pytest.fixture(params=[None, "shop"], ids=["all projects", "one project"])
def kitchen(filled: Store, request: pytest.FixtureRequest) -> Kitchen:
    """The store, asked about everything and then about one project."""
    return Kitchen(filled, request.param)
