"""
What happened, as Python knows it: turns of support bots on several days, in two projects, and what was thought of them.

`rows` is what is written of it into ``otel_traces``; the answers of the cookbook are held against these facts.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

NOW: Final = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
AGES_H: Final = (2, 3, 26, 50, 76, 9 * 24 + 2)
"""How long ago turns began; never near the border of a window that a test asks for."""

PROJECTS: Final = ("shop", "bank")
MODELS: Final = ("alpha-large", "alpha-small", "local-llama")
UNPRICED: Final = "local-llama"
TAGS: Final = ("delivery", "refund", "account")
RELEASES: Final = ("1.0", "1.1")
NEW_MODEL: Final = "alpha-mini"
TOOLS: Final = ("order_lookup", "refund_order", "search")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a model."""

    model: str
    duration_ms: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int | None
    cost: float | None
    first_chunk_ms: int | None
    finish: str
    prompt: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Tool:
    """A run of a tool; *error* is the class of its error."""

    name: str
    duration_ms: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer: a trace."""

    number: int
    project: str
    age_h: int
    duration_ms: int
    release: str
    environment: str
    user: str
    session: str
    tag: str
    question: str
    answer: str
    documents: int
    calls: tuple[Call, ...] = ()
    tools: tuple[Tool, ...] = ()
    is_noise: bool = False
    source: str = "production"

    @property
    def trace_id(self) -> str:
        """Id of the trace."""
        return f"{self.number:032x}"

    @property
    def start(self) -> datetime:
        """When it began, by UTC; two turns never begin together."""
        return NOW - timedelta(hours=self.age_h) + timedelta(seconds=self.number)

    @property
    def service(self) -> str:
        """The service that answered."""
        return f"{self.project}-bot"

    @property
    def errors(self) -> int:
        """Spans that failed."""
        return sum(call.is_error for call in self.calls) + sum(bool(tool.error) for tool in self.tools)

    @property
    def trace_state(self) -> str:
        """Which share of such turns the application sent: of every other one a quarter."""
        return "ot=th:c" if self.number % 2 else ""

    @property
    def cost(self) -> float | None:
        """What its calls cost, None if no price is known."""
        known = [call.cost for call in self.calls if call.cost is not None]
        return sum(known) if known else None

    @property
    def input_tokens(self) -> int:
        """Tokens in."""
        return sum(call.input_tokens for call in self.calls)

    @property
    def output_tokens(self) -> int:
        """Tokens out."""
        return sum(call.output_tokens for call in self.calls)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.duration_ms / 1000

    @property
    def path(self) -> str:
        """Its tools in order, one that is repeated at once named once."""
        names = [tool.name for tool in self.tools]
        return " > ".join(name for at, name in enumerate(names) if at == 0 or names[at - 1] != name)


def turns() -> list[Turn]:
    """All turns, the same ones each time; the last of those with calls belong to an experiment."""
    dice = random.Random(11)
    made = [_turn(dice, number) for number in range(1, 91)]
    made[-4:] = [replace(turn, source="experiment") for turn in made[-4:]]
    noise = [
        Turn(100 + at, project, 2, 5, "1.1", "production", "", "", "", "", "", 0, is_noise=True)
        for at, project in enumerate(("shop", "shop", "bank"))
    ]
    return made + noise


def _turn(dice: random.Random, number: int) -> Turn:
    project = PROJECTS[0] if dice.random() < 0.7 else PROJECTS[1]
    age_h = dice.choice(AGES_H)
    who = dice.randrange(5)
    calls = tuple(_call(dice, age_h, number) for _ in range(dice.choice((1, 1, 2))))
    word = dice.choice(("Kettle", "kettle", "teapot"))
    return Turn(
        number=number,
        project=project,
        age_h=age_h,
        duration_ms=dice.randrange(4000, 9000),
        release=RELEASES[0] if age_h > 30 else dice.choice(RELEASES),
        environment=dice.choice(("production", "production", "staging")),
        user=f"user-{who}",
        session=f"{project}-{age_h}-{who}",
        tag=dice.choice(TAGS),
        question=f"Where is my {word} {number}?",
        answer="" if dice.random() < 0.12 else f"It is on its way, {number}.",
        documents=dice.choice((0, 1, 3)),
        calls=calls,
        tools=_tools(dice),
    )


def _call(dice: random.Random, age_h: int, number: int) -> Call:
    model = NEW_MODEL if age_h == 2 and number % 3 == 0 else dice.choice(MODELS)
    input_tokens, output_tokens = dice.randrange(100, 900), dice.randrange(20, 300)
    return Call(
        model=model,
        duration_ms=dice.randrange(100, 3000),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cached_tokens=dice.choice((0, input_tokens // 2)),
        reasoning_tokens=output_tokens // 2 if model == "alpha-large" else None,
        cost=None if model == UNPRICED else round(dice.uniform(0.001, 0.05), 6),
        first_chunk_ms=dice.choice((None, dice.randrange(20, 90))),
        finish=dice.choice(("stop", "stop", "length")),
        prompt=dice.choice(("1", "2")),
        is_error=dice.random() < 0.1,
    )


def _tools(dice: random.Random) -> tuple[Tool, ...]:
    names = dice.choice(
        [(), TOOLS[:1], TOOLS[:2], (TOOLS[2],) * 2, (TOOLS[2],) * 4, (TOOLS[0], *(TOOLS[2],) * 3), TOOLS[:1] * 2]
    )
    errors = {name: f"{name.title()}Error" for name in TOOLS}
    return tuple(Tool(name, dice.randrange(10, 400), errors[name] if dice.random() < 0.15 else "") for name in names)


COLUMNS: Final = (
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "SpanName", "ServiceName", "ResourceAttributes", "SpanAttributes",
    "Duration", "StatusCode", "IngestTime", "Project", "TraceState",
)  # fmt: skip


def rows(turn: Turn) -> Iterator[tuple[Any, ...]]:
    """Rows of ``otel_traces`` for *turn*: its root, then what happened below it, one after the other."""
    resource = {"service.version": turn.release, "deployment.environment.name": turn.environment}
    resource["spanmill.source"] = turn.source

    def row(number: int, name: str, after_ms: int, duration_ms: int, attributes: dict[str, str], error: bool) -> Any:
        span_id, parent = f"{turn.number:08x}{number:08x}", "" if number == 0 else f"{turn.number:08x}{0:08x}"
        start = turn.start + timedelta(milliseconds=after_ms)
        status = "Error" if error else "Unset"
        duration_ns = duration_ms * 1_000_000
        return (
            start, turn.trace_id, span_id, parent, name, turn.service, resource, attributes, duration_ns, status,
            turn.start, turn.project, turn.trace_state,
        )  # fmt: skip

    if turn.is_noise:
        yield row(0, "GET /health", 0, turn.duration_ms, {"http.route": "/health"}, False)
        return
    yield row(0, "invoke_agent bot", 0, turn.duration_ms, _root(turn), False)
    yield row(1, "retrieve", 1, 5, _retrieval(turn), False)
    for number, call in enumerate(turn.calls, 10):
        yield row(number, f"chat {call.model}", number, call.duration_ms, _chat(call), call.is_error)
    for number, tool in enumerate(turn.tools, 30):
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool.name}
        attributes |= {"error.type": tool.error} if tool.error else {}
        yield row(number, f"execute_tool {tool.name}", number, tool.duration_ms, attributes, bool(tool.error))


def _root(turn: Turn) -> dict[str, str]:
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "bot",
        "session.id": turn.session,
        "user.id": turn.user,
        "tag.tags": json.dumps([turn.tag]),
        "gen_ai.input.messages": _messages("user", turn.question),
        "gen_ai.output.messages": _messages("assistant", turn.answer),
    }


def _retrieval(turn: Turn) -> dict[str, str]:
    documents = json.dumps([{"id": str(at), "content": "text"} for at in range(turn.documents)])
    return {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.query.text": turn.question,
        "gen_ai.retrieval.documents": documents,
    }


def _chat(call: Call) -> dict[str, str]:
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "alpha",
        "gen_ai.request.model": call.model,
        "gen_ai.usage.input_tokens": call.input_tokens,
        "gen_ai.usage.output_tokens": call.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": call.cached_tokens,
        "gen_ai.usage.reasoning.output_tokens": call.reasoning_tokens,
        "gen_ai.usage.cost": call.cost,
        "gen_ai.response.time_to_first_chunk": call.first_chunk_ms and call.first_chunk_ms / 1000,
        "gen_ai.response.finish_reasons": json.dumps([call.finish]),
        "gen_ai.prompt.name": "answer",
        "gen_ai.prompt.version": call.prompt,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])
