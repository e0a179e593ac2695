"""`spanmill.observe`: a span for each call, and the host's code as it was."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from support.recorded_steps import Recorded


class TestFunctions:
    """Of every kind."""

    def test_a_call_is_a_span(self, recorded: Recorded) -> None:
        """With what went in by name, and what came out; it is told what the function is."""

        def rank(query: str, *, limit: int = 3) -> list[str]:
            return [query] * limit

        observed = recorded.observe(rank, name="rank", kind="retriever")
        assert observed("a", limit=2) == ["a", "a"]
        assert recorded.said("rank") == ('{"query": "a", "limit": 2}', '["a", "a"]')
        assert (recorded.spans["rank"].attributes or {})["openinference.span.kind"] == "RETRIEVER"
        assert (observed.__name__, inspect.signature(observed)) == ("rank", inspect.signature(rank))

    def test_calls_below_a_call_lie_below_it(self, recorded: Recorded) -> None:
        """And what comes after does not."""
        inner = recorded.observe(lambda: 1, name="inner")
        recorded.observe(inner, name="outer")()
        recorded.observe(lambda: 1, name="later")()
        assert recorded.parent_of("inner") == "outer"
        assert recorded.spans["later"].parent is None

    def test_a_failure_is_recorded_and_goes_on(self, recorded: Recorded) -> None:
        """The very exception, with its kind on the span."""
        error = KeyError("no such order")

        def fail() -> None:
            raise error

        with pytest.raises(KeyError) as raised:
            recorded.observe(fail, name="fail")()
        assert raised.value is error
        span = recorded.spans["fail"]
        assert (span.status.is_ok, (span.attributes or {})["error.type"]) == (False, "KeyError")
        assert [event.name for event in span.events] == ["exception"]

    def test_wrong_arguments_fail_where_they_belong(self, recorded: Recorded) -> None:
        """With the function's own error."""
        with pytest.raises(TypeError, match="unexpected keyword argument 'b'"):
            recorded.observe(lambda a: a, name="f")(1, b=2)

    def test_coroutines(self, recorded: Recorded) -> None:
        """Two at a time do not mix."""

        async def answer(number: int) -> int:
            await asyncio.sleep(0.001)
            doubled: int = await inner(number)
            return doubled

        async def double(number: int) -> int:
            await asyncio.sleep(0.001)
            return 2 * number

        inner, outer = recorded.observe(double, name="double"), recorded.observe(answer, name="answer")
        assert inspect.iscoroutinefunction(outer)

        async def both() -> tuple[Any, Any]:
            first, second = await asyncio.gather(outer(1), outer(2))
            return first, second

        assert asyncio.run(both()) == (2, 4)
        spans = recorded.exporter.get_finished_spans()
        above = {span.context.span_id: span for span in spans if span.name == "answer"}
        for span in spans:
            if span.name == "double":
                assert span.parent is not None
                question = (above[span.parent.span_id].attributes or {})["input.value"]
                assert question == (span.attributes or {})["input.value"]

    def test_methods_and_classes(self, recorded: Recorded) -> None:
        """The object itself is no input; what is private is left alone."""

        class Desk:
            def ask(self, question: str) -> str:
                return self._ask(question)

            def _ask(self, question: str) -> str:
                return question.upper()

            @classmethod
            def made(cls) -> "Desk":
                return cls()

            @staticmethod
            def twice(number: int) -> int:
                return 2 * number

        observed = recorded.observe(Desk)
        assert (observed is Desk, Desk.made().ask("a"), Desk.twice(2)) == (True, "A", 4)
        names = {name.rsplit(".", 1)[1] for name in recorded.spans}
        assert names == {"ask", "made", "twice"}
        [ask] = [name for name in recorded.spans if name.endswith("ask")]
        assert recorded.said(ask) == ('{"question": "a"}', "A")


class TestGenerators:
    """They remain generators, and their span lasts as long as they do."""

    def test_what_is_yielded_is_the_output(self, recorded: Recorded) -> None:
        """The span is current inside and not outside."""
        inner = recorded.observe(lambda: 1, name="inner")

        def words() -> Iterator[str]:
            yield "a"
            inner()
            yield "b"

        observed = recorded.observe(words, name="words")
        assert inspect.isgeneratorfunction(observed)
        found = []
        for word in observed():
            found.append(word)
            recorded.observe(lambda: 1, name="outside")()
        assert (found, recorded.said("words")[1]) == (["a", "b"], '["a", "b"]')
        assert (recorded.parent_of("inner"), recorded.spans["outside"].parent) == ("words", None)

    def test_sending_throwing_and_returning(self, recorded: Recorded) -> None:
        """Go through as if nothing were in between."""

        def talk() -> Any:
            heard: list[str] = []
            while len(heard) < 2:
                try:
                    heard.append((yield len(heard)))
                except ValueError as error:
                    heard.append(str(error))
            return heard

        generator = recorded.observe(talk, name="talk")()
        assert (next(generator), generator.send("a")) == (0, 1)
        with pytest.raises(StopIteration) as stopped:
            generator.throw(ValueError("b"))
        assert stopped.value.value == ["a", "b"]
        assert recorded.said("talk")[1] == '["a", "b"]'

    def test_one_that_is_closed_ends(self, recorded: Recorded) -> None:
        """With what it has yielded, its own clean-up done, and no failure."""
        done = []

        def endless() -> Iterator[int]:
            try:
                while True:
                    yield 1
            finally:
                done.append(True)

        generator = recorded.observe(endless, name="endless")()
        next(generator)
        generator.close()
        assert (done, recorded.said("endless")[1], recorded.spans["endless"].status.is_ok) == ([True], "[1]", True)

    def test_wrong_arguments_leave_no_span(self, recorded: Recorded) -> None:
        """The error is the function's own, and nothing was begun."""

        def words(count: int) -> Iterator[int]:
            yield count

        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            next(recorded.observe(words, name="words")())
        assert recorded.begun.names == []

    def test_one_that_fails(self, recorded: Recorded) -> None:
        """Has what it yielded until then."""

        def broken() -> Iterator[int]:
            yield 1
            raise OSError("line cut")

        with pytest.raises(OSError, match="line cut"):
            list(recorded.observe(broken, name="broken")())
        assert (recorded.said("broken")[1], recorded.spans["broken"].status.is_ok) == ("[1]", False)

    def test_asynchronous_ones(self, recorded: Recorded) -> None:
        """Exhausted, closed early, and failing."""

        async def tokens(count: int) -> AsyncIterator[int]:
            for number in range(count):
                await asyncio.sleep(0)
                yield number
            if count == 3:
                raise OSError("line cut")

        observed = recorded.observe(tokens, name="tokens")
        assert inspect.isasyncgenfunction(observed)

        async def use() -> list[int]:
            whole = [one async for one in observed(2)]
            early = observed(5)
            await anext(early)
            await early.aclose()
            with pytest.raises(OSError, match="line cut"):
                [one async for one in observed(3)]
            return whole

        assert asyncio.run(use()) == [0, 1]
        spans = recorded.exporter.get_finished_spans()
        assert [(span.attributes or {})["output.value"] for span in spans] == ["[0, 1]", "[0]", "[0, 1, 2]"]
        assert [span.status.is_ok for span in spans] == [True, True, False]
