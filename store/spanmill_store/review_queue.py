"""The review queue: targets that people are to judge, and what they said."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import datetime
from typing import Final, Literal

from spanmill_store import scores
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.scores import ScoreRow
from spanmill_store.suggestions import nearest
from spanmill_store.targets import TargetId
from spanmill_store.times import in_utc

State = Literal["open", "done", "withdrawn"]


class UnknownItem(SpanmillError):
    """There is no such item, or more than one."""


class InvalidVerdict(SpanmillError):
    """A verdict is none, or not one of the item's."""


@dataclass(frozen=True, slots=True)
class Item:
    """
    One row of ``review_queue``; the fields are its columns, in snake case.

    Attributes:
        time: Of the flag or score that made it.
        why: ``flagged`` or ``unsure``.
        choices: The verdicts of the rule's judge and their values; empty: any label and value may be given.
        who: Has judged it, or ''.
    """

    project: str
    item_id: str
    time: datetime
    trace_id: str
    span_id: str
    session_id: str
    rule: str
    rule_version: str
    why: str
    score_name: str
    value: float | None
    label: str
    reason: str
    instructions: str
    choices: Mapping[str, float] = field(hash=False)
    state: State = "open"
    who: str = ""
    done_time: datetime | None = None

    @property
    def target(self) -> TargetId:
        """What it is about."""
        return TargetId(self.project, self.trace_id, self.span_id, "" if self.trace_id else self.session_id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says about an item; a value that is None follows from the label where the item has choices."""

    who: str
    label: str = ""
    value: float | None = None
    comment: str = ""


_COLUMNS: Final = tuple("".join(word.title() for word in one.name.split("_")) for one in fields(Item))


def item_id(target: TargetId, rule: str) -> str:
    """Return the id of the item: one for each rule and target, whatever the rule's version and however often found."""
    parts = f"review\0{target.project}\0{rule}\0{target.trace_id or target.session_id}\0{target.span_id}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def enter(store: Store, items: Iterable[Item]) -> int:
    """Store those of *items* that are new, or later than what is there and not done; return how many that were."""
    newest = {item.item_id: item for item in sorted(items, key=lambda item: item.time)}
    if not newest:
        return 0
    known = {row["ItemId"]: row for row in store.rows("review/known", ids=list(newest))}
    fresh = [item for key, item in newest.items() if key not in known or _is_later(item, known[key])]
    store.insert("review_queue", _COLUMNS, [_values(item) for item in fresh])
    return len(fresh)


def _is_later(item: Item, row: Mapping[str, object]) -> bool:
    before = in_utc(row["Time"])
    return row["State"] != "done" and isinstance(before, datetime) and item.time > before


def open_items(store: Store, rules: Sequence[str]) -> dict[str, int]:
    """Return how many items of each of *rules* are open."""
    found = {row["Rule"]: int(row["Items"]) for row in store.rows("review/open", rules=list(rules))}
    return {rule: found.get(rule, 0) for rule in rules}


def listed(store: Store, *, rule: str = "", state: str = "open", project: str = "", limit: int = 50) -> list[Item]:
    """Return items, the oldest first; '' for all."""
    return _read(store, "", rule, state, project, limit)


def item(store: Store, key: str) -> Item:
    """
    Return the item whose id is *key*, or begins with it.

    Raises:
        UnknownItem: There is none, or there are several.
    """
    found = _read(store, key, "", "", "", 2) if key else []
    if len(found) != 1:
        how = "There is no item" if not found else "There are several items"
        raise UnknownItem(f"{how} {key!r} in the review queue: give an id that `spanmill review list` shows.")
    return found[0]


def close(store: Store, of: Item, verdict: Verdict, now: datetime) -> bool:
    """
    Store *verdict* as a person's score, and that the item is done; return whether it was not before.

    An item that is done stays as it is. The score is written first: what is interrupted can be said again.

    Raises:
        InvalidVerdict: Nobody said it, nothing was said, or it is not one of the item's choices.
    """
    score = _score(of, verdict, now)
    if of.state == "done":
        return False
    scores.insert_of_person(store, score, verdict.who)
    done = replace(of, state="done", who=verdict.who, done_time=now)
    store.insert("review_queue", _COLUMNS, [_values(done)])
    return True


def _score(of: Item, verdict: Verdict, now: datetime) -> ScoreRow:
    return ScoreRow(
        project=of.project,
        time=now,
        trace_id=of.trace_id,
        span_id=of.span_id,
        session_id=of.session_id,
        name=of.score_name,
        value=_value(of, verdict),
        label=verdict.label,
        rationale=verdict.comment,
        source="human",
        rule="",
        rule_version="",
        input_hash="",
        sampling_probability=1.0,
        judge_model="",
        cost_usd=None,
        score_id=scores.score_id(of.target, f"person {verdict.who}", "", of.score_name),
    )


def _value(of: Item, verdict: Verdict) -> float | None:
    if not verdict.who:
        raise InvalidVerdict("Nobody is named who judges: give --who.")
    if not verdict.label and verdict.value is None:
        raise InvalidVerdict("A verdict needs a label or a value: give --label, --value or both.")
    if not of.choices or not verdict.label:
        return verdict.value
    if verdict.label not in of.choices:
        match = nearest(verdict.label, of.choices)
        hint = f"did you mean {match!r}?" if match else f"known are {', '.join(of.choices)}."
        raise InvalidVerdict(f"Label {verdict.label!r} is no verdict of rule {of.rule!r}: {hint}")
    return of.choices[verdict.label] if verdict.value is None else verdict.value


def _read(store: Store, key: str, rule: str, state: str, project: str, limit: int) -> list[Item]:
    rows = store.rows("review/list", id=key, rule=rule, state=state, project=project, limit=limit)
    return [Item(*(in_utc(row[column]) for column in _COLUMNS)) for row in rows]


def _values(item: Item) -> tuple[object, ...]:
    return astuple(replace(item, choices=dict(item.choices)))
