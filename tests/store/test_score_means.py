"""Means of scores by rule, version, name and day: the sums in SQL give what Python gives for the same scores."""

import random
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanmill_store import scores
from spanmill_store.client import Store
from spanmill_store.estimates import Sums, estimate
from spanmill_store.ledger import LedgerRow
from spanmill_store.ledger import insert as enter
from spanmill_store.score_means import Mean, means
from spanmill_store.scores import ScoreRow
from spanmill_store.targets import TargetId

pytestmark = pytest.mark.clickhouse

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def score(number: int, value: float | None, label: str, probability: float, **changed: Any) -> ScoreRow:
    """One of rule `r`."""
    columns: dict[str, Any] = {
        "project": "default",
        "time": NOON - timedelta(days=1),
        "trace_id": f"{number:032x}",
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
        "sampling_probability": probability,
        "judge_model": "",
        "cost_usd": None,
        "score_id": f"{number}",
    }
    return ScoreRow(**columns | changed)


def mean(found: list[Mean], label: str = "", part: str = "") -> Mean:
    """The one of *label* and *part*."""
    [one] = [mean for mean in found if (mean.label, mean.part) == (label, part)]
    return one


def test_values_and_labels_are_weighted(store: Store) -> None:
    """By the inverse of the probability, as in Python; a score without a label counts against each."""
    chance = random.Random(3)
    made = [
        (chance.choice((0.0, 0.5, 1.0)), chance.choice(("good", "bad", "")), chance.choice((0.1, 1))) for _ in "x" * 80
    ]
    rows = [score(number, *one) for number, one in enumerate(made)]
    scores.insert(store, [*rows, *rows])
    found = means(store)
    assert [one.label for one in found] == ["", "bad", "good"]
    expected = {"": [(value, probability) for value, _, probability in made]}
    expected |= {
        word: [(float(said == word), probability) for _, said, probability in made] for word in ("bad", "good")
    }
    for label, pairs in expected.items():
        of, wanted = mean(found, label).estimate, estimate(Sums.of(pairs))
        assert wanted is not None
        assert astuple(of) == pytest.approx(astuple(wanted))


def test_other_scores_do_not_count(store: Store) -> None:
    """Those of people and experiments, of other rules and of long ago."""
    scores.insert(
        store,
        [
            score(1, 1.0, "", 1.0),
            score(2, 0.0, "", 1.0, source="human"),
            score(3, 0.0, "", 1.0, source="experiment"),
            score(4, 0.0, "", 1.0, rule="other"),
            score(5, 0.0, "", 1.0, time=NOON - timedelta(days=9)),
        ],
    )
    [only] = means(store, rule="r")
    assert (only.estimate.mean, only.estimate.count) == (1.0, 1)


def test_each_day_by_itself(store: Store) -> None:
    """And beside it what was sampled that day and has no score."""
    days = [NOON - timedelta(days=number) for number in (1, 2)]
    scores.insert(store, [score(number, float(number), "", 1.0, time=day) for number, day in enumerate(days)])
    enter(store, [LedgerRow(TargetId("default", "x"), "r", "1", "parse_error", "", days[0])])
    found = means(store, by_day=True)
    told = [(one.part, one.estimate.mean, one.failed) for one in found]
    assert told == [(f"{days[1]:%Y-%m-%d}", 1.0, 0), (f"{days[0]:%Y-%m-%d}", 0.0, 1)]
