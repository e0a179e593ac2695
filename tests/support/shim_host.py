"""A host that uses everything that the shim offers, and says what its own functions did."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import spanmill

EXPECTED: Final[dict[str, Any]] = {
    "steps": ("bool", True),
    "functions": (2, [0, 1, 2], "YES ?"),
    "coroutines": ("now", [0, 1, 2]),
    "error": "mine",
    "ends": ("bool", "dict"),
}


class HostError(Exception):
    """The host's own."""


@spanmill.observe
def add(one: int, other: int = 1) -> int:
    """Return the sum."""
    return one + other


@spanmill.observe(name="fails", kind="tool")
def fails() -> None:
    """Fail, as the host does now and then."""
    raise HostError("mine")


@spanmill.observe
def counts(until: int) -> Iterator[int]:
    """Count."""
    yield from range(until)


@spanmill.observe
async def waits(value: str) -> str:
    """Let others go first."""
    await asyncio.sleep(0)
    return value


@spanmill.observe
async def streams(until: int) -> AsyncIterator[int]:
    """Count for others."""
    for number in range(until):
        yield number


@spanmill.observe
class Bot:
    """Methods of two kinds."""

    def answer(self, question: object) -> str:
        """Agree."""
        return f"{self.shout('Yes')} {question}"

    @staticmethod
    def shout(word: str) -> str:
        """Say it louder."""
        return word.upper()


def run(endpoint: str) -> dict[str, Any]:
    """Return what there is in `EXPECTED`, with a shim or without one."""
    sample = spanmill.Sampling(0.5, keep_if=lambda span: span.name == "add", hold_s=0)
    spanmill.init("shop", endpoint=endpoint, sample=sample, exit_timeout_s=0.1)
    seen: dict[str, Any] = {}
    with spanmill.session("s", user_id="u", tags=["t"], metadata={"plan": "pro"}):
        seen["steps"] = _steps()
        seen["functions"] = add(1), list(counts(3)), Bot().answer("?")
        seen["coroutines"] = asyncio.run(_coroutines())
    seen["error"] = _error()
    spanmill.feedback(thumbs_up=True, comment="good", trace_id="1" * 32)
    seen["ends"] = type(spanmill.flush(0.2)).__name__, type(spanmill.lost()).__name__
    spanmill.shutdown()
    return seen


def _steps() -> tuple[str, bool]:
    with spanmill.span("look up", kind="tool", input={"order": 7}, attributes={"a": [1]}) as step:
        step.set(number=1, nested={"a": object()})
        step.set_attributes({"user.id": "u"})
        step.set_input("?")
        step.set_output(["!"])
        step.fail(HostError("not raised"))
        spanmill.score("quality", 0.5, reason="because")
        _plain_opentelemetry()
        assert spanmill.flag("new-prompt", default="old") == "old"
        return type(step.shows_content).__name__, len(spanmill.current_trace_id() or "") in (0, 32)


def _plain_opentelemetry() -> None:
    """Spans that instrumentations make, which know nothing of the shim."""
    from opentelemetry import trace  # noqa: PLC0415 - after `init`, as instrumentations do

    with trace.get_tracer("instrumentation").start_as_current_span("call") as span:
        span.set_attribute("gen_ai.usage.input_tokens", 3)


async def _coroutines() -> tuple[str, list[int]]:
    return await waits("now"), [number async for number in streams(3)]


def _error() -> str:
    try:
        with spanmill.span("block"):
            fails()
    except HostError as error:
        return str(error)
    return "none"
