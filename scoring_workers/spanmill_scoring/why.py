"""Why a trace or a session was scored or was not, rule by rule, in sentences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.sampling import position
from spanmill_store.completion import Patience
from spanmill_store.why import Decision, SessionState, TraceState


@dataclass(frozen=True, slots=True)
class Answer:
    """
    Why, under one rule.

    Attributes:
        version: Of the rule; '' where the rule has not decided.
        span_id: Of the span that is meant; '' for the whole trace or session.
        state: The ledger's, or ``undecided``.
        why: One sentence.
    """

    project: str
    rule: str
    version: str
    span_id: str
    state: str
    why: str


def of_trace(state: TraceState, patience: Patience) -> str:
    """Say whether a trace is complete, and why."""
    if state.complete_since is not None:
        how = {"ended": "its root had ended"}.get(state.reason, f"it had {state.reason}")
        late = f", and late spans have changed it {_times(state.revision)}" if state.revision else ""
        waited = f"{how} and nothing came for {state.idle_s:.3g} s"
        return f"It is complete since {state.complete_since:%Y-%m-%d %H:%M:%S} UTC: {waited}{late}."
    needed_s, because = _needed(state, patience)
    seconds = f"nothing came for {state.idle_for_s:.3g} s, and {needed_s:.3g} s are waited for, because {because}"
    return f"It is not known to be complete: {seconds}."


def of_session(state: SessionState, patience: Patience) -> str:
    """Say whether a session is complete, and why."""
    if state.complete_since is not None:
        how = {"idle": "nothing came to it for long, and its traces were complete"}.get(
            state.reason, "it has gone on without a pause for very long"
        )
        later = f", and it has gone on {_times(state.revision)}" if state.revision else ""
        return f"It is complete since {state.complete_since:%Y-%m-%d %H:%M:%S} UTC: {how}{later}."
    if state.open_count:
        return f"It is not known to be complete: {state.open_count} of its {state.trace_count} traces are not."
    seconds = f"nothing came for {state.idle_for_s:.3g} s, and {patience.session_idle_s:.3g} s are waited for"
    return f"It is not known to be complete: {seconds}, because completion.session_idle_s says so."


def answers(
    target_id: str,
    states: Sequence[TraceState | SessionState],
    decisions: Iterable[Decision],
    rules: Mapping[str, LoadedRule],
) -> Iterator[Answer]:
    """Say of each decision why it was made, and of each rule in force that has made none why not."""
    decided, sent = set(), {state.project: state.sent for state in states}
    for decision in decisions:
        decided.add((decision.project, decision.rule, decision.rule_version))
        loaded = rules.get(decision.rule)
        is_in_force = loaded is not None and loaded.version == decision.rule_version
        why = _why(target_id, decision, loaded if is_in_force else None, sent.get(decision.project, 1.0))
        yield Answer(decision.project, decision.rule, decision.rule_version, decision.span_id, decision.state, why)
    for state in states:
        for loaded in rules.values():
            if (state.project, loaded.name, loaded.version) not in decided:
                yield Answer(state.project, loaded.name, "", "", "undecided", _why_not(state, loaded))


def _why(target_id: str, decision: Decision, loaded: LoadedRule | None, sent: float) -> str:
    if decision.state in _CHOICES:
        # The ledger knows how likely it was for a target to come here and to be sampled; a rule knows of the latter.
        of_rule = replace(decision, probability=min(1.0, decision.probability / sent))
        told = _CHOICES[decision.state](target_id, of_rule, loaded)
        if sent < 1 and decision.state != "filtered":
            told = f"{told}; of its like the application sends {sent:g}"
    else:
        told = f"it was sampled, and could not be scored: {decision.reason}"
    return told if loaded is not None else f"{told} (this version is not in force)"


def _filtered(_: str, decision: Decision, loaded: LoadedRule | None) -> str:
    if decision.reason:
        return decision.reason
    where = f": {' '.join(loaded.rule.where.split())}" if loaded is not None and loaded.rule.where else ""
    return f"the rule's condition did not hold{where}"


def _sampled_out(target_id: str, decision: Decision, loaded: LoadedRule | None) -> str:
    return f"{_place(target_id, loaded)} is not below the rate {decision.probability:g}{_of_stratum(decision)}"


def _waiting(target_id: str, decision: Decision, loaded: LoadedRule | None) -> str:
    if decision.reason:
        return f"{decision.reason}, since {decision.time:%Y-%m-%d %H:%M:%S} UTC"
    since = f"it waits for a worker since {decision.time:%Y-%m-%d %H:%M:%S} UTC"
    return f"{_sampled(target_id, decision, loaded)}; {since}"


def _scored(target_id: str, decision: Decision, loaded: LoadedRule | None) -> str:
    value = "" if decision.value is None else f"{decision.value:g}"
    said = ", ".join(part for part in (value, decision.label) if part)
    because = f" ({decision.rationale})" if decision.rationale else ""
    late = "; late spans changed it, and it was scored again" if decision.state == "late_rescored" else ""
    return f"{_sampled(target_id, decision, loaded)}; its score is {said}{because}{late}"


def _sampled(target_id: str, decision: Decision, loaded: LoadedRule | None) -> str:
    if decision.probability >= 1:
        return f"all are scored{_of_stratum(decision)}"
    return f"{_place(target_id, loaded)} is below the rate {decision.probability:g}{_of_stratum(decision)}"


_CHOICES = {
    "filtered": _filtered,
    "sampled_out": _sampled_out,
    "waiting": _waiting,
    "scored": _scored,
    "late_rescored": _scored,
}


def _place(target_id: str, loaded: LoadedRule | None) -> str:
    if loaded is None:
        return "its position in the sample"
    return f"its position {position(target_id, loaded.planned.salt):.4f}"


def _of_stratum(decision: Decision) -> str:
    return f" of stratum {decision.stratum}" if decision.stratum else ""


def _why_not(state: TraceState | SessionState, loaded: LoadedRule) -> str:
    what = "session" if isinstance(state, SessionState) else "trace"
    if state.complete_since is None:
        return f"the {what} is not complete"
    lookback_h = loaded.completion.lookback_s / 3600
    return (
        f"the planner has not come to it: it is not running, has this rule not yet, or the {what} was complete "
        f"longer ago than the {lookback_h:g} h that a new rule looks back"
    )


def _needed(state: TraceState, patience: Patience) -> tuple[float, str]:
    """How long is waited for spans of a trace, and why for so long."""
    idle_s = max(patience.idle_s, min(state.lateness_s, patience.idle_max_s))
    if not state.has_root:
        return max(idle_s, patience.max_age_s), "its root has not come"
    if state.open_spans:
        spans = ", ".join(state.open_spans[:3])
        return max(idle_s, patience.open_s), f"spans below {spans} came, which has not ended"
    if idle_s > patience.idle_s:
        return idle_s, f"spans of {state.service} come so late"
    return idle_s, "completion.idle_s says so"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
