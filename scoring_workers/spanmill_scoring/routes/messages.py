"""
What is sent: JSON for webhooks, text for Slack and what understands the same.

Reasons and labels may hold what the application's users, or a model that read them, wrote. So texts are cut, and in
messages for people they stand in code, where neither mentions nor links nor pictures come to life.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from spanmill_scoring.rules.alerts import Alert, duration_of
from spanmill_store.alert_states import AlertState
from spanmill_store.findings import Finding
from spanmill_store.notifications import Notification

MAX_REASON_CHARS: Final = 1000
_SLACK_REASON_CHARS: Final = 300
_SLACK_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"})

SLACK: Final = "slack"


def of_flag(kind: str, found: Finding, description: str) -> str:
    """Return what tells of one flag, for a route of *kind*."""
    if kind == SLACK:
        score = _code(" ".join(part for part in (_number(found.value), found.label) if part))
        said = f": {_code(found.reason, _SLACK_REASON_CHARS)}" if found.reason else ""
        span = f", span {_code(found.target.span_id)}" if found.target.span_id else ""
        what = (
            f"trace {_code(found.target.trace_id)}{span}"
            if found.target.trace_id
            else f"session {_code(found.session_id)}"
        )
        where = f"project {_code(found.target.project)}, {what}"
        return _slack(f"Rule {_code(found.rule)} has flagged a target ({where}). Its score is {score}{said}")
    data = {
        **_of_rule(found.target.project, found.rule, description),
        "rule_version": found.rule_version,
        "trace_id": found.target.trace_id,
        "span_id": found.target.span_id,
        "session_id": found.session_id,
        "score": {
            "name": found.score_name,
            "value": found.value,
            "label": found.label,
            "reason": found.reason[:MAX_REASON_CHARS],
        },
    }
    return _webhook("flag", found.time, data)


def of_many(kind: str, grouped: Sequence[Notification], now: datetime) -> str:
    """Return what tells of flags that were too many to be told one by one; it names none of them."""
    first, last = min(one.time for one in grouped), max(one.time for one in grouped)
    rules = {rule: sum(one.rule == rule for one in grouped) for rule in sorted({one.rule for one in grouped})}
    if kind == SLACK:
        parts = ", ".join(f"{count} by rule {_code(rule)}" for rule, count in rules.items())
        return _slack(f"{len(grouped)} more flags since {first:%Y-%m-%d %H:%M:%S} UTC: {parts}. See `spanmill flags`.")
    times = {"first": _time(first), "last": _time(last)}
    return _webhook("flags", now, {"count": len(grouped), "by_rule": rules, **times})


def of_alert(kind: str, alert: Alert, state: AlertState, description: str) -> str:
    """Return what tells how an alert stands."""
    if kind == SLACK:
        return _slack(f"Rule {_code(state.rule)}, project {_code(state.project)}: {sentence_of(alert, state)}")
    data = {
        **_of_rule(state.project, state.rule, description),
        "rule_version": state.rule_version,
        "state": state.state,
        "since": _time(state.since),
        "reminder": state.time > state.since,
        "of": alert.of,
        "above": alert.above,
        "below": alert.below,
        "over_s": alert.over,
        "value": state.value,
        "low": state.low,
        "high": state.high,
        "scores": state.scores,
    }
    return _webhook("alert", state.time, data)


def sentence_of(alert: Alert, state: AlertState) -> str:
    """How an alert stands, in words."""
    still = "still " if state.time > state.since else ""
    if state.state == "no_data":
        wait = duration_of(alert.no_data or 0)
        return f"{still}no data: no score came for {wait}."
    what = "the mean score" if alert.of == "mean" else "the share of what is flagged"
    if state.value is None:
        return f"{state.state}: scores come again."
    between = f" (95 % interval {_number(state.low)} to {_number(state.high)})" if state.low is not None else ""
    seen = f"{what} over {duration_of(alert.over)} is {_number(state.value)}{between}, from {state.scores} scores"
    return f"{still}{state.state}: {seen}; bad is {alert.threshold}."


def _of_rule(project: str, rule: str, description: str) -> dict[str, Any]:
    return {"project": project, "rule": rule, "description": " ".join(description.split())[:MAX_REASON_CHARS]}


def _webhook(kind: str, time: datetime, data: dict[str, Any]) -> str:
    return json.dumps({"type": f"spanmill.{kind}", "timestamp": _time(time), "data": data}, ensure_ascii=False)


def _slack(text: str) -> str:
    return json.dumps({"text": text}, ensure_ascii=False)


def _code(text: str, max_chars: int = 200) -> str:
    """*text* as code, on one line, with nothing in it that ends the code or means something to Slack."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    cut = line if len(line) <= max_chars else line[: max_chars - 1] + "…"
    return f"`{cut.translate(_SLACK_ESCAPES)}`" if cut else "nothing"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _time(time: datetime) -> str:
    return time.isoformat()
