"""What was thought of the turns: by rules, by a judge who saw a sample, by people and users."""

import random
from datetime import datetime, timedelta
from typing import Final

from spanmill_store.flags import FlagRow
from spanmill_store.ledger import LedgerRow
from spanmill_store.scores import ScoreRow
from spanmill_store.targets import TargetId

from .facts import Turn

SLOW_S: Final = 7.0
TOPICS: Final = ("lost", "late", "broken")


def probability(turn: Turn) -> float:
    """How likely the judge sees *turn*: failures always, the rest by half."""
    return 1.0 if turn.errors else 0.5


def is_sampled(turn: Turn) -> bool:
    """Whether the judge saw *turn*."""
    return bool(turn.errors) or turn.number % 2 == 0


def scores(turns: list[Turn]) -> list[ScoreRow]:
    """All scores; of what one name and source says of a turn, the last one counts."""
    dice = random.Random(5)
    found: list[ScoreRow] = []
    for turn in turns:
        if turn.is_noise:
            continue
        good, topic = dice.random() < 0.7, dice.choice(TOPICS)
        if turn.number % 10 == 0:
            found.append(
                _score(turn, "grounded", "judge", float(not good), _verdict(not good), version="0", after_s=10)
            )
        if is_sampled(turn):
            found.append(_score(turn, "grounded", "judge", float(good), _verdict(good), chance=probability(turn)))
        if turn.number % 5 in {0, 1}:
            agrees = dice.random() < 0.7
            found.append(_score(turn, "grounded", "human", float(good == agrees), _verdict(good == agrees)))
        if turn.number % 4 == 0:
            found.append(_score(turn, "thumbs", "user", float(dice.random() < 0.4), rationale=f"said {turn.number}"))
        found.append(_score(turn, "topic", "judge", None, topic))
        found.append(_score(turn, "latency_s", "rule", turn.seconds))
    found.append(_score(turns[0], "grounded", "experiment", 0.0, after_s=900))
    return found


def flags(turns: list[Turn]) -> list[FlagRow]:
    """Turns that took too long."""
    return [
        FlagRow(
            project=turn.project, time=_time(turn, 70), trace_id=turn.trace_id, span_id="", session_id=turn.session,
            rule="latency_s", rule_version="1", score_name="latency_s", value=turn.seconds, label="",
            reason=f"took {turn.seconds} s", dataset="",
        )
        for turn in turns
        if turn.seconds > SLOW_S
    ]  # fmt: skip


def decisions(turns: list[Turn]) -> list[LedgerRow]:
    """What became of each turn under the judge's rule."""
    return [
        LedgerRow(TargetId(turn.project, turn.trace_id), "grounded", "1", *decision(turn), _time(turn, 60))
        for turn in turns
        if not turn.is_noise
    ]


def decision(turn: Turn) -> tuple[str, str]:
    """State and reason of *turn* under the judge's rule."""
    if not turn.answer:
        return "filtered", "no answer"
    return ("scored", "") if is_sampled(turn) else ("sampled_out", "half")


def _verdict(good: bool) -> str:
    return "grounded" if good else "invented"


def _time(turn: Turn, after_s: int) -> datetime:
    return turn.start + timedelta(seconds=after_s)


def _score(
    turn: Turn,
    name: str,
    source: str,
    value: float | None,
    label: str = "",
    *,
    rationale: str = "",
    chance: float = 1.0,
    version: str = "1",
    after_s: int = 60,
) -> ScoreRow:
    return ScoreRow(
        project=turn.project, time=_time(turn, after_s), trace_id=turn.trace_id, span_id="", session_id=turn.session,
        name=name, value=value, label=label, rationale=rationale, source=source, rule=name, rule_version=version,
        input_hash="", sampling_probability=chance, judge_model="", cost_usd=None,
        score_id=f"{turn.number}-{name}-{source}-{version}",
    )  # fmt: skip
