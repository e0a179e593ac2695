"""Checks of rules are kept by version, and tell which judges are proven."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanmill_store import instruments, rule_checks, scores
from spanmill_store.client import Store
from spanmill_store.estimates import Sums
from spanmill_store.instruments import Bad, Said, Scores
from spanmill_store.rule_checks import VERDICT, CheckRow, Trust
from spanmill_store.scores import ScoreRow
from spanmill_store.targets import TargetId

pytestmark = pytest.mark.clickhouse

NOW = datetime.now(UTC).replace(microsecond=0)


def check(passed: bool | None, *, age_s: int = 0, version: str = "1", kind: str = VERDICT, **more: Any) -> CheckRow:
    """A row of a check of rule `r`."""
    return CheckRow("r", version, NOW - timedelta(seconds=age_s), kind, passed=passed, **more)


def score(trace: str, value: float | None, label: str = "", **changed: Any) -> ScoreRow:
    """A score of version 1 of judge `r`."""
    columns: dict[str, Any] = {
        "project": "default",
        "time": NOW,
        "trace_id": trace,
        "span_id": "",
        "session_id": "",
        "name": "quality",
        "value": value,
        "label": label,
        "rationale": "",
        "source": "judge",
        "rule": "r",
        "rule_version": "1",
        "input_hash": "",
        "sampling_probability": 1.0,
        "judge_model": "m",
        "cost_usd": None,
        "score_id": trace,
    }
    return ScoreRow(**columns | changed)


def test_the_newest_check_is_found(store: Store) -> None:
    """All its rows, as they were, in the order in which things are measured; none of another version."""
    newest = [
        check(False, reason="cases", numbers={"calls": 3.0}),
        check(None, kind="rate", numbers={"bad": 0.25}),
        check(True, kind="agreement", segment="ServiceName=shop", numbers={"kappa": 0.5}),
    ]
    rule_checks.insert(store, [*newest, check(True, age_s=5), check(True, version="2")])
    found = rule_checks.latest(store, "r", "1")
    assert found == [newest[2], newest[1], newest[0]]
    assert [row.numbers for row in found] == [{"kappa": 0.5}, {"bad": 0.25}, {"calls": 3.0}]
    assert rule_checks.latest(store, "r", "3") == []


def test_a_judge_is_unproven_until_it_has_passed(store: Store) -> None:
    """By its newest check, and each version by itself; what is no judge has nothing to prove."""
    scores.insert(store, [score("a", 1.0), score("b", 1.0, rule="other", source="rule")])
    assert Trust.read(store).of("r", "1") == "unproven"
    assert Trust.read(store).of("other", "1") == ""
    rule_checks.insert(store, [check(False, age_s=9), check(True, age_s=5)])
    assert Trust.read(store).of("r", "1") == "proven"
    assert Trust.read(store, [("r", "2")]).of("r", "2") == "unproven"
    rule_checks.insert(store, [check(False), check(True, kind="cases")])
    assert Trust.read(store).of("r", "1") == "unproven"


def test_what_is_called_bad_is_summed_up(store: Store) -> None:
    """As in Python: by value or label, weighted by the inverse of the probability."""
    chance = random.Random(4)
    made = [
        (chance.choice((0.0, 0.4, 1.0, None)), chance.choice(("lie", "fine")), chance.choice((0.1, 1.0)))
        for _ in range(60)
    ]
    rows = [score(f"{number}", *one[:2], sampling_probability=one[2]) for number, one in enumerate(made)]
    others = [
        score("x", 0.0, name="other"),
        score("y", 0.0, rule_version="2"),
        score("z", 0.0, source="human", rule=""),
    ]
    old = [score("w", 0.0, time=NOW - timedelta(days=9))]
    scores.insert(store, [*rows, *rows, *others, *old])
    for bad in (Bad(below=0.5), Bad(above=0.5), Bad(labels=("lie",)), Bad(below=0.2, labels=("lie",))):
        found = instruments.called_bad(store, Scores("r", "1", "quality"), bad, 7)
        wanted = Sums.of(
            (
                float(label in bad.labels or (value is not None and (value < bad.below or value > bad.above))),
                probability,
            )
            for value, label, probability in made
        )
        for name in ("count", "w", "ww", "wy", "wwy", "wwyy"):
            assert getattr(found, name) == pytest.approx(getattr(wanted, name)), name


def test_labels_are_what_people_said(store: Store) -> None:
    """Under the name that was asked for, not long ago; each of several people by himself."""
    human = {"source": "human", "rule": "", "rule_version": ""}
    scores.insert(
        store,
        [
            score("a", 1.0, **human, score_id="1"),
            score("a", 0.0, **human, score_id="2", time=NOW - timedelta(seconds=5)),
            score("b", None, "bad", **human, name="other"),
            score("c", 0.0, **human, time=NOW - timedelta(days=100)),
            score("d", 0.0),
        ],
    )
    assert instruments.labels(store, "quality", 90, 10) == [
        Said(TargetId("default", "a"), 1.0, ""),
        Said(TargetId("default", "a"), 0.0, ""),
    ]
    assert len(instruments.labels(store, "quality", 90, 1)) == 1


def test_targets_are_chosen_without_regard_to_scores(store: Store) -> None:
    """The same ones each time, of all versions of the rule, each once."""
    rows = [score(f"{number:032x}", 0.0, score_id=f"{number}") for number in range(40)]
    again = [score(row.trace_id, 1.0, rule_version="2", score_id=f"{row.score_id}-2") for row in rows]
    scores.insert(store, [*rows, *again])
    chosen = instruments.some_targets(store, "r", 7, 10)
    assert len(set(chosen)) == 10
    assert chosen == instruments.some_targets(store, "r", 7, 10)
    assert chosen != sorted(chosen)
    assert instruments.some_targets(store, "other", 7, 10) == []
    known = instruments.scored(store, Scores("r", "2", "quality"), chosen)
    assert {said.value for said in known.values()} == {1.0}
    assert known.keys() == set(chosen)
