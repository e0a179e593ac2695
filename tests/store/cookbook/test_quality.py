"""Questions about scores and flags are answered as the facts say, whatever share of the traffic was sampled."""

from collections import Counter
from collections.abc import Callable

import pytest

from spanmill_store.scores import ScoreRow

from . import opinions
from .conftest import Kitchen
from .facts import Turn
from .figures import Row, grouped, ordered, same, weighted

pytestmark = pytest.mark.clickhouse

Pair = tuple[Turn, ScoreRow]


def summary(pairs: list[Pair]) -> Row:
    """Number, mean and standard error of scores, each weighted by the inverse of its probability."""
    values = [score.value for _, score in pairs if score.value is not None]
    return weighted(values, [1 / score.sampling_probability for _, score in pairs])


def expected(pairs: list[Pair], names: tuple[str, ...], key: Callable[[Pair], tuple[str, ...]]) -> list[Row]:
    """A summary for each *key* of the *pairs* that have a value, headed by *names*."""
    known = [pair for pair in pairs if pair[1].value is not None]
    return [dict(zip(names, found, strict=True)) | summary(group) for found, group in grouped(known, key).items()]


def of_production(kitchen: Kitchen) -> list[Pair]:
    """Scores of turns of production."""
    return [pair for pair in kitchen.scores() if pair[0].source == "production"]


def test_scores_by_release(kitchen: Kitchen) -> None:
    """Means are those of all traffic, although failures are scored twice as often."""
    names = ("name", "source", "release")
    rows = expected(of_production(kitchen), names, lambda pair: (pair[1].name, pair[1].source, pair[0].release))
    assert kitchen.ask("scores_by_release") == same(ordered(rows, *names))


def test_the_sample_does_not_bias_the_mean(kitchen: Kitchen) -> None:
    """The plain mean of what was scored is another one."""
    judged = [pair for pair in of_production(kitchen) if (pair[1].name, pair[1].source) == ("grounded", "judge")]
    plain = sum(score.value or 0 for _, score in judged) / len(judged)
    assert {score.sampling_probability for _, score in judged} == {0.5, 1.0}
    assert plain != pytest.approx(summary(judged)["mean"])


def test_scores_by_tag(kitchen: Kitchen) -> None:
    """The tags of the trace that was scored, the worst first."""
    names = ("tag", "name", "source")
    rows = expected(of_production(kitchen), names, lambda pair: (pair[0].tag, pair[1].name, pair[1].source))
    assert kitchen.ask("scores_by_tag") == same(ordered(rows, "name", "source", "mean", "tag"))


def test_scores_by_topic(kitchen: Kitchen) -> None:
    """Topics are the labels of another score of the same trace."""
    topics = {turn.trace_id: score.label for turn, score in kitchen.scores() if score.name == "topic"}
    names = ("topic", "name", "source")
    rows = expected(kitchen.scores(), names, lambda pair: (topics[pair[0].trace_id], pair[1].name, pair[1].source))
    assert kitchen.ask("scores_by_topic") == same(ordered(rows, "name", "source", "mean", "topic"))
    assert kitchen.ask("scores_by_topic", topic="nothing") == []


def test_judge_against_humans(kitchen: Kitchen) -> None:
    """Agreement, and how much of it is more than chance."""
    grounded = [(turn, score) for turn, score in kitchen.scores() if score.name == "grounded"]
    judged = {turn.trace_id: score for turn, score in grounded if score.source == "judge"}
    said = {turn.trace_id: score for turn, score in grounded if score.source == "human"}
    weights = {trace: 1 / judged[trace].sampling_probability for trace in judged.keys() & said.keys()}
    total = sum(weights.values())
    judges: Counter[str] = Counter()
    humans: Counter[str] = Counter()
    for trace, weight in weights.items():
        judges[judged[trace].label] += weight  # type: ignore[assignment]
        humans[said[trace].label] += weight  # type: ignore[assignment]
    agreement = sum(w for trace, w in weights.items() if judged[trace].label == said[trace].label) / total
    chance = sum(judges[label] * humans[label] for label in judges) / total**2
    row = {"name": "grounded", "pairs": len(weights), "total": total, "agreement": agreement, "judged": dict(judges)}
    row |= {"said": dict(humans), "by_chance": chance, "kappa": (agreement - chance) / (1 - chance)}
    assert len(weights) > 5
    assert kitchen.ask("judge_against_humans", days=7) == same([row])


def test_newest_flags(kitchen: Kitchen) -> None:
    """The newest flags, with their reasons and whose trace it was."""
    everything = kitchen.turns(30, every_source=True)
    users = {turn.trace_id: turn.user for turn in everything}
    rows = [
        {
            "time": flag.time, "rule": flag.rule, "trace": flag.trace_id, "span": "", "user": users[flag.trace_id],
            "value": flag.value, "label": "", "reason": flag.reason,
        }
        for flag in opinions.flags(everything)
    ]  # fmt: skip
    rows = ordered(rows, "-time", "rule", "trace")
    assert len(rows) > 5
    assert kitchen.ask("newest_flags") == rows
    assert kitchen.ask("newest_flags", limit=3) == rows[:3]


def test_scoring_coverage(kitchen: Kitchen) -> None:
    """Every target in one state, with its share and its reason."""
    found = Counter(opinions.decision(turn) for turn in kitchen.turns(every_source=True))
    rows = [
        {
            "rule": "grounded", "version": "1", "state": state, "targets": count, "share": count / found.total(),
            "most_often": reason,
        }
        for (state, reason), count in found.items()
    ]  # fmt: skip
    assert kitchen.ask("scoring_coverage") == same(ordered(rows, "-targets", "state"))


def test_missed_by_judges(kitchen: Kitchen) -> None:
    """Unhappy users of traces without an error that every judge found good."""
    rows = []
    of_trace = grouped(kitchen.scores(), lambda pair: pair[0].trace_id)
    for turn, score in of_production(kitchen):
        judged = [s.value for _, s in of_trace[turn.trace_id] if s.source == "judge" and s.value is not None]
        if score.name == "thumbs" and score.value == 0 and not turn.errors and judged and min(judged) >= 0.5:
            row = {"trace": turn.trace_id, "start": turn.start, "user": turn.user, "users": 0.0}
            rows.append({**row, "judges": min(judged), "comment": score.rationale})
    assert rows
    assert kitchen.ask("missed_by_judges") == ordered(rows, "-start", "trace")


@pytest.mark.parametrize("score", ["none", "grounded"])
def test_prompts_by_version(kitchen: Kitchen, score: str) -> None:
    """Calls by the version of their prompt, with the scores of the traces they took part in."""
    newest: dict[str, ScoreRow] = {}
    for _, row in sorted(kitchen.scores(), key=lambda pair: pair[1].time):
        if (row.name, row.source) == (score, "judge"):
            newest[row.trace_id] = row
    rows = []
    pairs = [(turn, call) for turn in kitchen.turns() for call in turn.calls]
    for version, found in grouped(pairs, lambda pair: pair[1].prompt).items():
        traces = {turn.trace_id for turn, _ in found}
        scored = [newest[trace] for trace in traces if trace in newest]
        values = (
            weighted([s.value or 0 for s in scored], [1 / s.sampling_probability for s in scored]) if scored else {}
        )
        costs = [call.cost for _, call in found if call.cost is not None]
        rows.append(
            {
                "prompt": "answer", "version": version, "calls": len(found),
                "failed_share": sum(call.is_error for _, call in found) / len(found),
                "tokens_per_call": sum(call.input_tokens + call.output_tokens for _, call in found) / len(found),
                "usd_per_call": sum(costs) / len(costs), "scores": len(scored), "mean_score": values.get("mean"),
            }
        )  # fmt: skip
    assert kitchen.ask("prompts_by_version", score=score) == same(rows)
