"""`spanmill.span` and `spanmill.session`, what they record, and what they do not."""

import contextlib
import json
from typing import Any

import pytest
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider

from spanmill._guard import Guard
from spanmill._recording import CUT, MAX_CONTENT_CHARS, Recorder, Step, text_of
from spanmill._steps import Steps
from support.recorded_steps import Recorded


class TestContent:
    """What is recorded, and what is not."""

    def test_nothing_where_content_is_not_captured(self, recorded: Recorded) -> None:
        """By the switch of all, or of one function."""
        recorded.observe(lambda a: a, name="one", has_input=False, has_output=False)(1)
        recorded.recorder.is_content_captured = False
        recorded.observe(lambda a: a, name="all")(1)
        assert (recorded.said("one"), recorded.said("all")) == ((None, None), (None, None))

    def test_whatever_it_is_has_a_text(self) -> None:
        """Texts are as they are; objects say what they are; too much is cut, with a mark."""
        assert (text_of("ü"), text_of({"a": [1, None]}), text_of(None)) == ("ü", '{"a": [1, null]}', "null")
        assert text_of(object()).startswith('"<object object at')
        assert (text_of({(1, 2): 3}), text_of("a\ud800")) == ("{(1, 2): 3}", "a?")
        long = text_of("x" * (MAX_CONTENT_CHARS + 1))
        assert (len(long), long.endswith(CUT)) == (MAX_CONTENT_CHARS, True)

    def test_a_value_that_cannot_be_told_harms_nobody(self) -> None:
        """Its failure is the shim's, and the call goes on; here the shim says so to a list."""
        failed: list[str] = []
        recorder = Recorder(Guard(lambda action, _: failed.append(action)))
        recorder._tracer = TracerProvider().get_tracer("test")

        class Rude:
            def __repr__(self) -> str:
                raise RuntimeError

        plan = Steps(recorder, Guard(lambda action, _: failed.append(action)))
        observed = plan.observe(lambda rude: rude, "f", "chain", has_input=True, has_output=False)
        assert isinstance(observed(Rude()), Rude)
        assert failed == ["record content"]


class TestSpan:
    """Blocks."""

    def test_a_block_is_a_span(self, recorded: Recorded) -> None:
        """With input, output and attributes."""
        with recorded.steps.span("rank", "tool", {"q": 1}, {"top_k": 3, "filter": ["a"]}) as step:
            step.set_output([1])
            step.set(found=1)
        attributes = dict(recorded.spans["rank"].attributes or {})
        assert recorded.said("rank") == ('{"q": 1}', "[1]")
        assert [attributes[name] for name in ("top_k", "filter", "found")] == [3, '["a"]', 1]

    def test_what_it_raises_goes_on(self, recorded: Recorded) -> None:
        """And is recorded."""
        with pytest.raises(ZeroDivisionError), recorded.steps.span("divide", "chain", None, None):
            _ = 1 // 0
        assert not recorded.spans["divide"].status.is_ok


def test_what_the_exporter_cannot_encode_costs_no_span(recorded: Recorded) -> None:
    """Half a character in any text, and integers of more than 64 bits."""
    half = "\ud800"
    with (
        recorded.steps.session(half, half, [half], {half: half}, is_propagated=True),
        recorded.steps.span("s", "chain", half, {"text": half, "large": 2**70}) as step,
    ):
        step.set_output({"a": half})
    encoded = encode_spans([recorded.spans["s"]]).SerializeToString()
    assert str(2**70).encode() in encoded


class TestSession:
    """What spans belong to."""

    def session(self, recorded: Recorded, **chosen: Any) -> Any:
        """A session with the defaults of the public function."""
        given = {"session_id": None, "user_id": None, "tags": (), "metadata": None, "is_propagated": True, **chosen}
        return recorded.steps.session(**given)

    def test_all_spans_inside_belong_to_it(self, recorded: Recorded) -> None:
        """And none outside; inner sessions add to outer ones."""
        with self.session(recorded, session_id="s", user_id="u", tags=["a"], metadata={"plan": "pro"}):
            with recorded.steps.span("outer", "chain", None, None):
                pass
            with (
                self.session(recorded, user_id="v", tags=["b"], metadata={"seats": 3}),
                recorded.steps.span("inner", "chain", None, None),
            ):
                pass
        with recorded.steps.span("after", "chain", None, None):
            pass

        def belongs(name: str) -> list[object]:
            attributes = recorded.spans[name].attributes or {}
            said = [attributes.get(key) for key in ("session.id", "user.id", "tag.tags")]
            return [*said, json.loads(str(attributes.get("metadata", "{}")))]

        assert belongs("outer") == ["s", "u", ("a",), {"plan": "pro"}]
        assert belongs("inner") == ["s", "v", ("a", "b"), {"plan": "pro", "seats": 3}]
        assert belongs("after") == [None, None, None, {}]

    def test_services_that_are_called_learn_of_it(self, recorded: Recorded) -> None:
        """By W3C baggage, unless it is to stay here."""
        carried: list[str] = []
        for is_propagated in (True, False):
            with self.session(recorded, session_id="s 1", user_id="u", is_propagated=is_propagated):
                headers: dict[str, str] = {}
                W3CBaggagePropagator().inject(headers)
                carried.append(headers.get("baggage", ""))
        assert carried == ["session.id=s+1,user.id=u", ""]
        there = W3CBaggagePropagator().extract({"baggage": carried[0]})
        recorded.recorder._tracer.start_span("called", context=there).end()  # type: ignore[union-attr]
        assert (recorded.spans["called"].attributes or {})["session.id"] == "s 1"


def test_without_opentelemetry_calls_go_on() -> None:
    """A shim that cannot begin a span is none, and says so once per call at most."""
    failed: list[str] = []

    class Broken:
        def start_span(self, *_: object, **__: object) -> None:
            raise RuntimeError

    guard = Guard(lambda action, _: failed.append(action))
    recorder = Recorder(guard)
    recorder._tracer = Broken()  # type: ignore[assignment]
    observed: Any = Steps(recorder, guard).observe(lambda a: 2 * a, "f", "chain", has_input=True, has_output=True)
    with contextlib.ExitStack() as stack:
        step: Step = stack.enter_context(Steps(recorder, guard).span("s", "chain", 1, None))
        step.set_output(1)
    assert (observed(2), set(failed)) == (4, {"begin a span"})
