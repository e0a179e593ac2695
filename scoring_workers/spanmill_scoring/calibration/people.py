"""What people said of a rule's targets: one verdict for each target, by the majority."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_scoring.calibration.items import Item
from spanmill_scoring.calibration.sides import Sides
from spanmill_scoring.outcomes import Score
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.proof import SIDES
from spanmill_scoring.scoring import seen_by
from spanmill_store import instruments
from spanmill_store.client import Store
from spanmill_store.instruments import Said, Scores
from spanmill_store.targets import Target, TargetId

MAX_LABELS: Final = 2000


@dataclass(frozen=True, slots=True)
class People:
    """
    What people said.

    Attributes:
        items: Targets on which most agree, with what the rule has said of them, if it has.
        undecided: Targets of which as many call it good as bad.
        unused: Labels that say nothing: comments, values that the rule does not know, and those of other targets.
    """

    items: tuple[Item, ...]
    undecided: int
    unused: int


def read(store: Store, loaded: LoadedRule, sides: Sides, days: int) -> People:
    """Return what people said in the last *days* of targets of *loaded*."""
    check = loaded.rule.check
    said = instruments.labels(store, check.truth or loaded.rule.score_name, days, MAX_LABELS)
    by_target: dict[TargetId, list[bool]] = defaultdict(list)
    found, unused = _targets(store, loaded, {one.target for one in said}), 0
    for one in said:
        target = found.get(one.target)
        is_bad = _is_bad(one, sides, check.truth_below)
        if target is None or is_bad is None:
            unused += 1
        else:
            by_target[target.id].append(is_bad)
    decided = {target: is_bad for target, votes in by_target.items() if (is_bad := _majority(votes)) is not None}
    by_id = {target.id: target for target in found.values()}
    known = instruments.scored(store, scores_of(loaded), list(decided))
    items = [Item(by_id[one], is_bad, known=_score(known.get(one))) for one, is_bad in decided.items()]
    return People(tuple(items), len(by_target) - len(decided), unused)


def scores_of(loaded: LoadedRule) -> Scores:
    """The scores of this version of *loaded*."""
    return Scores(loaded.name, loaded.version, loaded.rule.score_name)


def stored(store: Store, loaded: LoadedRule, ids: Iterable[TargetId]) -> dict[TargetId, Target]:
    """Return those of *ids* that are stored, as the rule's scorer sees them."""
    wanted, found = sorted(ids), dict[TargetId, Target]()
    for start in range(0, len(wanted), instruments.BATCH):
        found |= seen_by(store, loaded, wanted[start : start + instruments.BATCH], detail="all")
    return found


def _targets(store: Store, loaded: LoadedRule, labelled: set[TargetId]) -> dict[TargetId, Target]:
    """By what was labelled, what the rule scores: a trace for a label of its root span, which is where people look."""
    if loaded.rule.scope == "span":
        return stored(store, loaded, {target for target in labelled if target.span_id})
    traces = stored(store, loaded, {target._replace(span_id="") for target in labelled})
    found: dict[TargetId, Target] = {}
    for target in labelled:
        trace = traces.get(target._replace(span_id=""))
        if trace is not None and target.span_id in ("", trace.columns["RootSpanId"], trace.columns["AppRootSpanId"]):
            found[target] = trace
    return found


def _is_bad(said: Said, sides: Sides, below: float | None) -> bool | None:
    """Whether people call it bad; None where they only gave a comment, or a value that the rule knows nothing of."""
    word = said.label.lower()
    if word in SIDES and said.label not in sides.values:
        return word == "bad"
    if said.value is not None and below is not None:
        return said.value < below
    return sides.is_bad(said.value, said.label) if sides.knows(said.value, said.label) else None


def _majority(votes: list[bool]) -> bool | None:
    bad = sum(votes)
    return None if 2 * bad == len(votes) else 2 * bad > len(votes)


def _score(said: Said | None) -> Score | None:
    return None if said is None else Score(said.value, said.label)


def segments_of(item: Item, columns: Iterable[str]) -> Mapping[str, str]:
    """Return the values by which *item* belongs to a part of the traffic, those that are known."""
    values = {column: _value(item.target, column) for column in columns}
    return {column: value for column, value in values.items() if value}


def _value(target: Target, column: str) -> str:
    if column != "Model":
        return str(target.columns.get(column, ""))
    models = [span.model for span in target.spans] or target.columns.get("Models", ())
    return next((model for model in models if model), "")
