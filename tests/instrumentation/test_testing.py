"""`spanmill.testing.capture`: what tests of applications can know."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry import trace
from opentelemetry.propagate import extract, inject

import spanmill
from spanmill.testing import Captured, CapturedEvent, capture

TRACER = trace.get_tracer("kept since import")


@spanmill.observe(name="answer", kind="agent")
def answer(question: str) -> str:
    """An application."""
    with spanmill.span("look up", kind="tool", input={"order": 7}) as step:
        step.set_output("shipped")
    with TRACER.start_as_current_span("plain", attributes={"gen_ai.operation.name": "chat"}):
        return question.upper()


class TestSpans:
    """What is captured, and how it reads."""

    def test_everything_in_the_block(self) -> None:
        """Steps of ours and spans of plain OpenTelemetry lie below each other, in the order of their start."""
        with capture() as captured:
            answer("where?")
        agent, tool, plain = captured.spans
        assert [span.name for span in captured.spans] == ["answer", "look up", "plain"]
        assert [span.kind for span in captured.spans] == ["agent", "tool", "llm"]
        assert (agent.parent, tool.parent, plain.parent) == (None, agent, agent)
        assert (tool.input, tool.output, tool.status, tool.error) == ('{"order": 7}', "shipped", "unset", None)
        assert plain.attributes == {"gen_ai.operation.name": "chat"}

    def test_ids_and_times_are_the_same_at_every_run(self) -> None:
        """Each begin and each end is one step of the clock; ids count."""
        for _ in range(2):
            with capture(step_s=0.5) as captured:
                answer("where?")
            assert [span.duration_ns for span in captured.spans] == [2_500_000_000, 500_000_000, 500_000_000]
            assert [int(span.span_id, 16) for span in captured.spans] == [1, 2, 3]
            assert {span.trace_id for span in captured.spans} == {f"{1:032x}"}

    def test_real_times_and_random_ids(self) -> None:
        """On request."""
        with capture(clock=None, counting_ids=False) as captured:
            TRACER.start_span("work", start_time=1_000).end(end_time=4_000)
        span = captured.one("work")
        assert span.duration_ns == 3_000
        assert int(span.trace_id, 16) > 2**64

    def test_a_clock_that_is_none(self) -> None:
        """Is named, with how to write one."""
        with pytest.raises(ValueError, match="clock 'noon' is no moment: write it like 2026-"), capture(clock="noon"):
            pass

    def test_failures_events_sessions(self) -> None:
        """Are fields of the span."""
        with capture() as captured, spanmill.session("s-1", user_id="u-1"):
            with pytest.raises(KeyError), spanmill.span("fail"):
                raise KeyError("order")
            with TRACER.start_as_current_span("note") as span:
                span.add_event("noted", {"a": 1})
        failed, noted = captured.spans
        assert (failed.status, failed.error) == ("error", "KeyError: 'order'")
        assert [event.name for event in failed.events] == ["exception"]
        assert noted.events == (CapturedEvent("noted", {"a": 1}),)
        assert {(span.session_id, span.user_id) for span in captured.spans} == {("s-1", "u-1")}

    def test_one_that_lasts(self) -> None:
        """Is there already, without a duration, and gets one when it ends, be it after the block."""
        with capture() as captured:
            span = TRACER.start_span("slow")
            assert captured.one("slow").duration_ns is None
        span.end()
        assert captured.one("slow").duration_ns == 1_000_000_000

    def test_threads_and_tasks(self) -> None:
        """Of whichever began the span, and when the thread is older than the block."""

        @spanmill.observe(name="task")
        async def task() -> None:
            await asyncio.sleep(0)

        async def both() -> None:
            await asyncio.gather(task(), task())

        with ThreadPoolExecutor(2) as pool:
            pool.submit(threading.active_count).result()
            with capture() as captured:
                pool.submit(answer, "a").result()
                asyncio.run(both())
        assert [span.name for span in captured.spans] == ["answer", "look up", "plain", "task", "task"]


class TestQuestions:
    """That tests ask."""

    @pytest.fixture
    def captured(self) -> Captured:
        """An answer, and a failure."""
        with capture() as captured:
            answer("where?")
            with pytest.raises(OSError, match="line cut"), spanmill.span("send"):
                raise OSError("line cut")
        return captured

    def test_finding(self, captured: Captured) -> None:
        """By name and kind."""
        assert [span.name for span in captured.find(kind="tool")] == ["look up"]
        assert captured.find("look up", kind="agent") == []
        assert captured.one(name="look up").kind == "tool"

    def test_what_is_not_there(self, captured: Captured) -> None:
        """Fails with a sentence that lists what is."""
        listed = "answer (agent); look up (tool); plain (llm); send (chain), error: OSError: line cut"
        with pytest.raises(AssertionError) as failed:
            captured.one(name="refund", kind="tool")
        assert str(failed.value) == f"no span of name 'refund' and kind 'tool' among 4 captured: {listed}"
        with pytest.raises(AssertionError) as failed:
            captured.one()
        assert str(failed.value) == f"4 spans, where one was asked for, among 4 captured: {listed}"
        with capture() as nothing, pytest.raises(AssertionError, match="no span among 0 captured: nothing"):
            nothing.one()

    def test_the_tree(self, captured: Captured) -> None:
        """Has a line for each span, with content if asked for."""
        assert captured.tree().splitlines() == [
            "answer (agent)",
            "├─ look up (tool)",
            "└─ plain (llm)",
            "send (chain), error: OSError: line cut",
        ]
        assert captured.tree(content=True).splitlines()[:2] == [
            'answer (agent): {"question": "where?"} → WHERE?',
            '├─ look up (tool): {"order": 7} → shipped',
        ]


def test_scores_and_feedback() -> None:
    """Are kept in their order, with what they are of, and checked as ever."""
    with capture() as captured:
        with spanmill.span("answer"):
            spanmill.score("good", 0.5, reason="half")
            trace_id = spanmill.current_trace_id()
        spanmill.feedback(thumbs_up=False, comment="no", trace_id=trace_id)
        spanmill.score("resolved", True, session_id="s-1")
        spanmill.score("lost", 1.0)  # of no span at all
        spanmill.score("lost", 1.0, trace_id="not an id")
    good, thumbs, resolved = captured.scores
    assert (good.name, good.value, good.reason, good.source) == ("good", 0.5, "half", "api")
    assert (good.trace_id, good.span_id) == (trace_id, captured.one("answer").span_id)
    assert (thumbs.name, thumbs.value, thumbs.reason, thumbs.source) == ("feedback.thumbs", 0.0, "no", "user")
    assert (thumbs.trace_id, thumbs.span_id) == (trace_id, None)
    assert (resolved.value, resolved.trace_id, resolved.session_id) == (1.0, None, "s-1")


class TestNesting:
    """Blocks in each other, and what lies around them."""

    def test_the_inner_one_records(self) -> None:
        """As if it were alone; the outer one goes on afterwards."""
        with capture() as outer:
            with spanmill.span("a"), capture() as inner, spanmill.span("b"):
                spanmill.score("s", 1, session_id="x")
            with spanmill.span("c"):
                pass
        assert ([span.name for span in outer.spans], [span.name for span in inner.spans]) == (["a", "c"], ["b"])
        assert (inner.one("b").parent, len(inner.scores), outer.scores) == (None, 1, ())

    def test_they_may_end_in_any_order(self) -> None:
        """As in two threads."""
        first, second = capture(), capture()
        with first as of_first:
            of_second = second.__enter__()
        with spanmill.span("late"):
            second.__exit__(None, None, None)
        assert (of_first.spans, [span.name for span in of_second.spans]) == ((), ["late"])

    def test_what_another_service_sent_is_above(self) -> None:
        """A trace that came in goes on, and one that went round is put together."""
        with capture() as captured:
            came = extract({"traceparent": f"00-{7:032x}-{9:016x}-01"})
            with TRACER.start_as_current_span("served", context=came):
                sent: dict[str, str] = {}
                inject(sent)
            with TRACER.start_as_current_span("behind", context=extract(sent)):
                pass
        served, behind = captured.spans
        assert (served.trace_id, served.parent, behind.parent) == (f"{7:032x}", None, served)
