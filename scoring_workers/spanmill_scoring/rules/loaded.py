"""A rule as it is known once it was read, which all that run it are handed."""

from dataclasses import dataclass, field
from pathlib import Path

from spanmill_scoring.rules.model import Budget, Completion, Rule
from spanmill_store.scoring.dependents import Need
from spanmill_store.scoring.plan import PlannedRule, Stratum


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """
    A rule that may run: valid, its SQL checked, its version known.

    Attributes:
        asks_for: Names of scores of other rules.
        reads_trace: Whether its conditions name columns of the trace of a span.
        needs: The rules that give what it asks for.
    """

    rule: Rule
    version: str
    file: Path
    line: int
    completion: Completion
    project_budget: Budget | None
    sql: dict[tuple[str, ...], str] = field(hash=False)
    asks_for: frozenset[str] = frozenset()
    reads_trace: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.rule.name

    @property
    def planned(self) -> PlannedRule:
        """What decides about its targets."""
        strata = (
            Stratum(name, self.sql["strata", name, "where"], stratum.sample)
            for name, stratum in self.rule.strata.items()
        )
        return PlannedRule(
            name=self.name,
            version=self.version,
            scope=self.rule.scope,
            where=self.sql.get(("where",)),
            rate=self.rule.sample,
            strata=tuple(strata),
            salt=self.name if self.rule.independent else "",
            sources=self.rule.sources,
        )

    @property
    def is_dependent(self) -> bool:
        """Whether its targets are decided about by more than their rows."""
        return self.reads_trace or bool(self.asks_for)

    @property
    def conditions(self) -> list[str]:
        """The checked SQL that decides whether a target is looked at, and how it is sampled."""
        return [sql for place, sql in self.sql.items() if place[-1] == "where"]

    @property
    def scorer_sql(self) -> dict[str, str]:
        """The checked SQL of its scorer, by part."""
        return {place[1]: sql for place, sql in self.sql.items() if place[0] == "sql"}
