import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from redis import Redis

from spanmill_scoring import isolation
from spanmill_scoring.outcomes import Failure, Outcome, Score, Scores
from spanmill_scoring.python_scorer import load
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.scoring_child import Limits, line_of, outcome_in
from spanmill_store.client import Store
from spanmill_store.targets import Target, TargetId
from support.scoring import ScoringSide
from support.traces import TraceWriter

GENEROUS = Limits(timeout_s=60, memory_mb=256)
HARMS = """
import ctypes, os, signal, sys, time
from spanmill_scoring import Score

kept = []

def score(target):
    match target.output:
        case "hang": time.sleep(600)
        case "spin":
            while True: pass
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)
        case "exit": os._exit(0)
        case "leave": sys.exit("enough")
        case "crash": ctypes.string_at(1)
        case "take": return len(bytearray(2**31))
        case "leak": kept.append(bytearray(200 * 2**20))
        case "close": os.closerange(3, 1000)
    return Score(1, target.output, "scored")
"""


def targets(*outputs: str) -> list[Target]:
    """Targets with *outputs*."""
    return [Target(TargetId("default", str(n)), "", "", said, "", "", {}, ()) for n, said in enumerate(outputs)]


@pytest.fixture
def asked(tmp_path: Path) -> Callable[..., list[Outcome]]:
    """Ask the scorer that does harm about outputs."""
    (tmp_path / "harms.py").write_text(HARMS)
    scorer = load(PythonScorer(scorer="harms:score"), tmp_path)
    return lambda limits, *outputs: isolation.score(scorer, targets(*outputs), limits)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("hang", "the scorer ran into its time limit: timeout_s is 1"),
        ("spin", "the scorer ran into its time limit: timeout_s is 1"),
        ("deaf", "the scorer ran into its time limit: timeout_s is 1"),
        ("exit", "the scorer's process died: it ended itself with exit code 0"),
        ("leave", "the scorer raised SystemExit: enough"),
        ("crash", "the scorer's process died of SIGSEGV"),
        ("take", "the scorer ran out of memory: memory_mb is 256"),
    ],
)
def test_harm_costs_its_target_only(asked: Callable[..., list[Outcome]], harm: str, reason: str) -> None:
    """Whatever a scorer does to its process, the targets before and after are scored, and the reason says it."""
    limits = Limits(timeout_s=1 if "time limit" in reason else 60, memory_mb=256)
    first, second, third, last = asked(limits, "a", harm, "b", harm)
    assert (first, third) == (Score(1, "a", "scored"), Score(1, "b", "scored"))
    assert second == last == Failure("scorer_error", reason)


def test_what_was_leaked_is_not_held_against_the_next_one(asked: Callable[..., list[Outcome]]) -> None:
    """Where memory is full of what was scored before, a target gets all of it for itself."""
    assert asked(GENEROUS, *["leak"] * 4) == [Score(1, "leak", "scored")] * 4


def test_a_scorer_that_closes_everything_is_out(asked: Callable[..., list[Outcome]]) -> None:
    """Even one that closes what it does not own fails alone."""
    first, second, third = asked(GENEROUS, "a", "close", "b")
    assert (first, third) == (Score(1, "a", "scored"), Score(1, "b", "scored"))
    assert isinstance(second, Failure)


def test_no_target_is_begun_when_time_is_up(asked: Callable[..., list[Outcome]]) -> None:
    """The rest goes on waiting, but one is always scored."""
    assert asked(Limits(60, 256, work_s=0), "a", "b") == [Score(1, "a", "scored")]


def test_nothing_is_left_behind(asked: Callable[..., list[Outcome]]) -> None:
    """Neither children nor open files."""

    def left() -> tuple[int, str]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        return len(list(Path("/proc/self/fd").iterdir())), children

    before = left()
    asked(Limits(0.2, 256), "hang", "exit", "a")
    assert left() == before


@pytest.mark.parametrize(
    "outcome",
    [
        Score(0.1 + 0.2, "größer", "a\nb\x00\ud800"),
        Score(None, "word"),
        Failure("filtered", "the scorer gave no score"),
        Scores({"tone": Score(None, "kind"), "length": Score(3.0, "", "why")}),
    ],
)
def test_outcomes_survive_the_way_to_the_parent(outcome: Outcome) -> None:
    """What was written is what is read."""
    assert outcome_in(line_of(outcome)) == outcome


@pytest.mark.clickhouse
@pytest.mark.redis
def test_the_ledger_says_what_was_wrong(
    store: Store, valkey: Redis, write_rules: Callable[[str], Path], traces: TraceWriter
) -> None:
    """A rule with limits of its own: the harmless are scored, the others have a reason, nobody waits."""
    path = write_rules("rules:\n- {name: r, python: {scorer: 'harms:score', timeout_s: 2, memory_mb: 128}}")
    path.with_name("harms.py").write_text(dedent(HARMS))
    side = ScoringSide(store, valkey, path)
    ids = {output: traces.turn(answer=output).trace_id for output in ("a", "hang", "take", "exit", "b")}
    assert side.turn() == {"scored": 2, "scorer_error": 3}
    states = side.states("r")
    assert [states[ids[output]][0] for output in ids] == ["scored", *["scorer_error"] * 3, "scored"]
    reasons = [states[ids[output]][1] for output in ("hang", "take", "exit")]
    assert ["time limit" in reasons[0], "memory" in reasons[1], "died" in reasons[2]] == [True] * 3


def test_harmless_targets_share_a_child(tmp_path: Path) -> None:
    """Nobody is forked for a target that does no harm."""
    (tmp_path / "where.py").write_text("import os\ndef score(target): return os.getpid()")
    scorer = load(PythonScorer(scorer="where:score"), tmp_path)
    said = isolation.score(scorer, targets(*["a"] * 1000), GENEROUS)
    assert len(said) == 1000
    assert len(set(said)) == 1
    assert said[0] != Score(os.getpid())
