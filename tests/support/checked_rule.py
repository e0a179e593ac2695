"""A rule, its scripted judge and people who label: what tests of checks look at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store import scores
from spanmill_store.client import Store
from spanmill_store.scores import ScoreRow
from spanmill_store.targets import TargetId
from support import scripted_judges
from support.judge_endpoint import Endpoint
from support.scoring import ScoringSide
from support.traces import TraceWriter

RIGHT, WRONG = "It is five days.", f"It is {scripted_judges.WRONG} days."
CASES = f"""
  cases:
  - {{input: How long?, output: {RIGHT}, expect: good, documents: [Five days., It depends.]}}
  - {{input: How long?, output: Five., expect: good, documents: [Five., Nobody knows.]}}
  - {{input: How long?, output: {WRONG}, expect: bad}}
  - {{input: How long?, output: {WRONG} Or so., expect: 0}}
"""
RULES = """
rules:
- name: right
  judge:
    model: scripted
    base_url: URL
    api_key_env: null
    retries: 0
    concurrency: 1
    rubric: "Is it right?{{input}}{{output}}{{documents}}"
    choices: {good: 1, bad: 0}
  check: {min_labels: 10}
"""


def spanmill(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@dataclass
class CheckedRule:
    """A database, a judge rule and its endpoint."""

    store: Store
    url: str
    traces: TraceWriter
    side: ScoringSide
    endpoint: Endpoint

    def say(self, target: TargetId, value: float | None, label: str = "", name: str = "right", who: str = "") -> None:
        """Let a person label *target*."""
        scores.insert(self.store, [_label(target, value, label, name, who)])

    def label(self, right: int, wrong: int) -> list[TargetId]:
        """Write so many traces and let a person say of each what is true."""
        return self.labelled({RIGHT: right, WRONG: wrong})

    def labelled(self, answers: Mapping[str, int], model: str = "") -> list[TargetId]:
        """Write so many traces with each of *answers*, of one *model*; a person says of each what is true."""
        spoken = [text for text, count in answers.items() for _ in range(count)]
        targets = self.traces.answers(spoken, model)
        said = [
            _label(target, float(scripted_judges.WRONG not in text))
            for target, text in zip(targets, spoken, strict=True)
        ]
        scores.insert(self.store, said)
        return targets

    def check(self, *more: object) -> Result:
        """Check the rule."""
        return spanmill("rules", "check", "right", "--rules", self.side.path, "--clickhouse-url", self.url, *more)

    def rows(self, *more: object) -> dict[str, dict[str, Any]]:
        """Check the rule and return what is of all labels, by kind."""
        result = self.check("--json", *more)
        assert result.exit_code in (0, 1), result.output
        assert result.stdout, repr(result.exception)
        return {row["kind"]: row for row in json.loads(result.stdout) if not row["segment"]}

    def change(self, old: str, new: str) -> None:
        """Change the rules file."""
        text = self.side.path.read_text(encoding="utf-8")
        assert old in text
        self.side.path.write_text(text.replace(old, new), encoding="utf-8")


def _label(target: TargetId, value: float | None, label: str = "", name: str = "right", who: str = "") -> ScoreRow:
    columns: dict[str, Any] = {
        "project": target.project,
        "trace_id": target.trace_id,
        "span_id": target.span_id,
        "session_id": "",
        "time": datetime.now(UTC),
        "name": name,
        "value": value,
        "label": label,
        "rationale": "",
        "source": "human",
        "rule": "",
        "rule_version": "",
        "input_hash": "",
        "sampling_probability": 1.0,
        "judge_model": "",
        "cost_usd": None,
        "score_id": f"{target.trace_id} {target.span_id} {name} {who}",
    }
    return ScoreRow(**columns)
