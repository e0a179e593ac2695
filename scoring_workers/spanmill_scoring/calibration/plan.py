"""What a check will ask, decided before anything is asked, so that its price is known."""

from dataclasses import dataclass
from typing import Final

from spanmill_scoring.calibration import people, probes
from spanmill_scoring.calibration.items import Item, items_of_cases
from spanmill_scoring.calibration.people import People
from spanmill_scoring.calibration.sides import Sides
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import instruments
from spanmill_store.client import Store


@dataclass(frozen=True, slots=True)
class Extent:
    """
    How much is asked.

    Attributes:
        repeats: How often each of *targets* targets is asked about, in all.
        probes: Texts that each probe changes, at most.
        labels: Labelled targets without a score of this version that are asked about, at most.
        days: Of whose scores the corrected rate is, and the targets are.
        label_days: How old labels may be.
    """

    repeats: int = 3
    targets: int = 20
    probes: int = 10
    labels: int = 200
    days: int = 7
    label_days: int = 90


DEFAULT: Final = Extent()


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What will be asked.

    Attributes:
        cases: Of the rule's file.
        unscored: Labelled targets that this version has not scored.
        others: Stored targets that are asked about only to see whether it repeats itself.
        repeated: Those of all three that are asked about again.
        calls: Questions, at most, by what they are for.
    """

    loaded: LoadedRule
    sides: Sides
    extent: Extent
    people: People
    cases: tuple[Item, ...]
    unscored: tuple[Item, ...]
    others: tuple[Item, ...]
    repeated: tuple[Item, ...]

    @property
    def first(self) -> tuple[Item, ...]:
        """Everything that is asked about at least once, in this order."""
        return (*self.cases, *self.unscored, *self.others)

    @property
    def calls(self) -> dict[str, int]:
        """Questions, at most, by what they are for."""
        changed = (*self.cases, *self.people.items, *self.others)
        if not self.reads_texts:
            return {"labels": len(self.unscored)}
        return {
            "cases": len(self.cases),
            "probes": probes.at_most(
                self.loaded,
                wrong=sum(item.is_bad is True for item in changed),
                judged=len(changed),
                several_documents=sum(len(item.target.documents) > 1 for item in changed),
                limit=self.extent.probes,
            ),
            "repeats": len(self.others) + (self.extent.repeats - 1) * len(self.repeated),
            "labels": len(self.unscored),
        }

    @property
    def reads_texts(self) -> bool:
        """Whether the scorer can be asked about any text; SQL knows stored traces only, and never changes its mind."""
        return self.loaded.rule.expressions is None


def plan(store: Store, loaded: LoadedRule, extent: Extent = DEFAULT) -> Plan:
    """
    Decide what to ask about *loaded*.

    Raises:
        NoSides: The rule does not say which of its scores are bad.
    """
    sides = Sides.of(loaded.rule)
    labelled = people.read(store, loaded, sides, extent.label_days)
    unscored = [item for item in labelled.items if item.known is None][: extent.labels]
    cases = items_of_cases(loaded.rule.cases, sides)
    asked = {item.target.id: item for item in unscored}
    stored = _stored(store, loaded, extent) if loaded.rule.expressions is None else []
    repeated = [asked.get(item.target.id, item) for item in stored]
    others = [item for item in stored if item.target.id not in asked]
    repeated += cases[: max(0, extent.targets - len(repeated))]
    return Plan(loaded, sides, extent, labelled, tuple(cases), tuple(unscored), tuple(others), tuple(repeated))


def _stored(store: Store, loaded: LoadedRule, extent: Extent) -> list[Item]:
    ids = instruments.some_targets(store, loaded.name, extent.days, extent.targets)
    found = people.stored(store, loaded, ids)
    return [Item(found[one]) for one in ids if one in found]
