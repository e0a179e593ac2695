"""
Calls of judges, each kept as a trace of its own: what the judge saw and said, how long it took, and what it cost.

A call is a span of the service `SERVICE` like that of any application, in the project of what was judged, with a link
to it. Its source is `SOURCE`, so it counts as nobody's traffic and no rule scores it unless it asks to.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.prices import catalog
from spanmill_store.prices.lookup import NoPrice
from spanmill_store.prices.of_models import ModelPrices
from spanmill_store.prices.price import Tokens
from spanmill_store.targets import TargetId

SERVICE: Final = "spanmill-judge"
SOURCE: Final = "judge"
FAILED_TRY: Final = "spanmill.judge.failed_try"

_COLUMNS: Final = (
    "Project",
    "Timestamp",
    "TraceId",
    "SpanId",
    "SpanName",
    "SpanKind",
    "ServiceName",
    "ResourceAttributes",
    "ScopeName",
    "SpanAttributes",
    "Duration",
    "StatusCode",
    "StatusMessage",
    "Events.Timestamp",
    "Events.Name",
    "Events.Attributes",
    "Links.TraceId",
    "Links.SpanId",
    "Links.TraceState",
    "Links.Attributes",
)


@dataclass(frozen=True, slots=True)
class FailedTry:
    """
    A request that brought no answer.

    Attributes:
        time: When that was known, in UTC.
        status: Of HTTP; 0 where nobody answered.
        waited_s: How long was waited before the next one.
    """

    time: datetime
    status: int
    said: str
    waited_s: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call, as the endpoint counted them; None where it did not. Cached ones are part of the input."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """
    One question to a judge, however many requests it took.

    Attributes:
        started, latency_ns: Of the last request.
        address: The endpoint's.
        provider, model: By which the price is found.
        response_model: Model that answered, as it calls itself.
        parameters: What was sent beside model and messages.
        form: In which an answer was asked for.
        system, user: The two messages, exactly as they were sent.
        cut_chars: Characters of the judged texts that are not in them.
        state: ``scored``, or that of the failure; failure: why, or ''.
        failed: The requests that brought no answer.
    """

    trace_id: str
    span_id: str
    started: datetime
    latency_ns: int
    address: str
    provider: str
    model: str
    response_model: str
    response_id: str
    parameters: Mapping[str, object]
    form: str
    system: str
    user: str
    cut_chars: int
    answer: str
    finish_reason: str
    usage: Usage
    state: str
    failure: str
    failed: tuple[FailedTry, ...]
    is_answered: bool

    @property
    def requests(self) -> int:
        """How many requests were made: what an endpoint counts, and a budget."""
        return len(self.failed) + self.is_answered


def prepare() -> None:
    """Load the list of prices now: a worker forks a child for every job, which each would load it anew."""
    catalog.providers()


def insert(store: Store, rule: str, version: str, calls: Mapping[TargetId, JudgeCall]) -> None:
    """Store the *calls* that a rule has made about targets; what is stored twice is there once."""
    store.insert("otel_traces", _COLUMNS, [_row(rule, version, target, call) for target, call in calls.items()])


def costs(store: Store, calls: Iterable[JudgeCall]) -> dict[str, float]:
    """Return what calls cost, in US dollars, by trace id; those whose price or tokens nobody knows are left out."""
    prices, found = ModelPrices(store), {}
    for call in calls:
        usage, model = call.usage, call.response_model or call.model
        if usage.input is None and usage.output is None:
            continue
        tokens = Tokens(input=usage.input or 0, cached=usage.cached or 0, output=usage.output or 0)
        try:
            found[call.trace_id] = prices.cost(call.provider, model, call.started.date(), tokens)
        except NoPrice:
            continue
    return found


def _row(rule: str, version: str, target: TargetId, call: JudgeCall) -> tuple[Any, ...]:
    attributes = {name: _text(value) for name, value in _attributes(rule, version, call) if value not in (None, "")}
    return (
        target.project,
        call.started,
        call.trace_id,
        call.span_id,
        f"chat {call.model}",
        "Client",
        SERVICE,
        {"service.name": SERVICE},
        SERVICE,
        attributes,
        call.latency_ns,
        "Error" if call.failure else "Unset",
        _text(call.failure),
        [one.time for one in call.failed],
        [FAILED_TRY for _ in call.failed],
        [_of_try(one) for one in call.failed],
        [target.trace_id],
        [target.span_id],
        [""],
        [{}],
    )


def _attributes(rule: str, version: str, call: JudgeCall) -> Iterator[tuple[str, object]]:
    yield from {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": call.provider,
        "gen_ai.request.model": call.model,
        "gen_ai.response.model": call.response_model,
        "gen_ai.response.id": call.response_id,
        "gen_ai.response.finish_reasons": json.dumps([call.finish_reason]) if call.finish_reason else "",
        "gen_ai.usage.input_tokens": call.usage.input,
        "gen_ai.usage.output_tokens": call.usage.output,
        "gen_ai.usage.cache_read.input_tokens": call.usage.cached,
        "gen_ai.usage.reasoning.output_tokens": call.usage.reasoning,
        "gen_ai.input.messages": json.dumps([_message("system", call.system), _message("user", call.user)]),
        "gen_ai.output.messages": json.dumps([_message("assistant", call.answer)]) if call.answer else "",
        "error.type": call.state if call.failure else "",
        "url.full": call.address,
        "spanmill.source": SOURCE,
        "spanmill.judge.rule": rule,
        "spanmill.judge.rule_version": version,
        "spanmill.judge.form": call.form,
        "spanmill.judge.state": call.state,
        "spanmill.judge.requests": call.requests,
        "spanmill.judge.cut_chars": call.cut_chars,
    }.items()
    for name, value in call.parameters.items():
        if not isinstance(value, dict):
            yield f"gen_ai.request.{name}", value


def _of_try(one: FailedTry) -> dict[str, str]:
    return {
        "http.response.status_code": str(one.status),
        "error.message": _text(one.said),
        "spanmill.judge.waited_s": f"{one.waited_s:.3f}",
    }


def _message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _text(value: object) -> str:
    # Half a character, which JSON can say and UTF-8 cannot, may come from an endpoint.
    return str(value).encode("utf-8", "replace").decode("utf-8")
