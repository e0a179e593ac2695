"""What is masked of spans and scores, that the host's own stay as they are, and that failures hide."""

from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link, Span, SpanContext, Status, StatusCode, TraceState

from spanmill import Mask
from spanmill._recording import CUT
from support.masked import Told, masker, recorded, sent

KEY = "sk-proj-Ab3dE6gH9jK2mN5pQ8sT1v"
HIDDEN = "[API key hidden by spanmill]"
FAILED = "[value whose masking failed hidden by spanmill]"


def fill(span: Span) -> None:
    """Put the key wherever a span has room for it."""
    span.set_attribute("text", f"use {KEY}")
    span.set_attribute("listed", ["a", KEY])
    span.set_attribute("nested", {"deep": [{"er": KEY}]})
    span.set_attribute("bytes", KEY.encode())
    span.add_event("said", {"text": KEY})
    span.add_event(KEY)
    span.record_exception(ValueError(f"bad {KEY}"))
    span.set_status(Status(StatusCode.ERROR, f"bad {KEY}"))


def on_the_wire(span: ReadableSpan) -> str:
    """All that is sent of a span."""
    return str(encode_spans([span]))


def full() -> ReadableSpan:
    """A span with the key everywhere."""
    state = TraceState([("vendor", KEY)])
    context = SpanContext(1, 2, is_remote=True, trace_state=state)
    return recorded(
        fill,
        name=f"ask {KEY}",
        scope=f"scope {KEY}",
        resource={"service.name": "shop", "argument": KEY},
        links=[Link(context, {"text": KEY})],
    )


class TestEverywhere:
    """All places of a span."""

    def test_nothing_is_left(self) -> None:
        """Name, attributes, events, exceptions, status, links, resource, scope."""
        span = sent(full())
        assert KEY not in on_the_wire(span)
        assert span.name == f"ask {HIDDEN}"
        assert span.status.description == f"bad {HIDDEN}"
        assert span.resource.attributes["argument"] == HIDDEN
        attributes: Any = span.attributes
        assert attributes["listed"] == ("a", HIDDEN)
        assert (attributes["nested"], attributes["bytes"]) == ({"deep": ({"er": HIDDEN},)}, HIDDEN.encode())
        assert (span.events[0].attributes or {})["text"] == HIDDEN
        assert HIDDEN in str((span.events[2].attributes or {})["exception.stacktrace"])

    def test_the_hosts_span_stays_as_it_is(self) -> None:
        """Its other exporters see what it recorded."""
        span = full()
        before = on_the_wire(span)
        assert sent(span) is not span
        assert on_the_wire(span) == before

    def test_all_else_is_the_same(self) -> None:
        """Ids, times, kind, and how much was dropped before."""
        span = full()
        masked = sent(span)
        fields = ("context", "parent", "kind", "start_time", "end_time", "dropped_attributes", "dropped_events")
        assert [getattr(masked, name) for name in fields] == [getattr(span, name) for name in fields]

    def test_a_span_without_secrets_is_not_copied(self) -> None:
        """It would cost for nothing."""
        span = recorded(lambda span: span.add_event("e", {"a": 1}), attributes={"a": "text", "n": [1, 2]})
        assert sent(span) is span

    def test_scores_and_feedback(self) -> None:
        """Log records, too, and not those of the host."""
        given = LogRecord(body=f"b {KEY}", attributes={"gen_ai.evaluation.explanation": KEY}, event_name="e")
        [record] = masker().records([ReadableLogRecord(given, Resource({"argument": KEY}))])
        assert KEY not in record.to_json()
        assert record.log_record.body == f"b {HIDDEN}"
        assert (given.body, given.attributes) == (f"b {KEY}", {"gen_ai.evaluation.explanation": KEY})

    def test_what_other_services_are_told(self) -> None:
        """Baggage leaves the process as well."""
        assert masker(Mask(patterns="all")).carried("user.id", "joe@example.com") == "[email hidden by spanmill]"
        assert masker(Mask(deny=("user.*",))).carried("user.id", "u-1") == "[value hidden by spanmill]"


class TestCallback:
    """The user's own function."""

    def test_gets_key_value_and_place(self) -> None:
        """And says what is sent instead, or that nothing is; patterns look at what it says."""
        seen: list[tuple[str, str]] = []

        def callback(key: str, value: Any, place: str) -> Any:
            seen.append((key, place))
            return {"gone": None, "secret-less": KEY, "n": 2}.get(key, value)

        span = sent(
            recorded(attributes={"gone": "x", "n": 1, "secret-less": "y", "kept": "z"}), Mask(callback=callback)
        )
        assert dict(span.attributes or {}) == {"n": 2, "secret-less": HIDDEN, "kept": "z"}
        assert {("n", "attribute"), ("span.name", "name"), ("service.name", "resource")} <= set(seen)

    @pytest.mark.parametrize("result", [object(), {1: 2}, [object()], {"a": {"b": set()}}])
    def test_nonsense_hides(self, result: object) -> None:
        """What no attribute can be is not sent, nor is what it was asked about."""
        told = Told()
        span = sent(recorded(attributes={"a": "x"}), Mask(callback=lambda *_: result), told)
        assert (span.attributes or {})["a"] == FAILED
        assert {action for action, _ in told.failures} == {"mask a value"}

    def test_one_that_raises_hides_and_its_words_are_not_told(self) -> None:
        """They quote what it was given."""
        told = Told()

        def callback(_key: str, value: Any, _place: str) -> Any:
            raise RuntimeError(value)

        span = sent(recorded(attributes={"a": "private"}), Mask(callback=callback), told)
        assert "private" not in on_the_wire(span)
        assert {error for _, error in told.failures} == {"the callback raised RuntimeError"}

    def test_what_it_changes_stays_with_it(self) -> None:
        """It gets copies."""

        def callback(_key: str, value: Any, _place: str) -> Any:
            if isinstance(value, dict):
                value.clear()
            return value

        span = recorded(attributes={"a": {"b": 1}})
        assert sent(span, Mask(callback=callback)).attributes == {"a": {}}
        assert span.attributes == {"a": {"b": 1}}


class Broken(dict[str, Any]):
    """Attributes that a masker stumbles over, once."""

    def __init__(self) -> None:
        super().__init__({"n": 7, "gen_ai.usage.input_tokens": 3, "text": "private", "private key": 1})
        self.is_broken = True

    def copy(self) -> Any:
        """Fail the first time."""
        if self.is_broken:
            self.is_broken = False
            raise RuntimeError("private")
        return super().copy()


class TestFailures:
    """Of the masker itself."""

    def test_a_span_that_cannot_be_masked_is_sent_without_texts(self) -> None:
        """Its numbers, ids and times arrive; those beside it are whole."""
        told = Told()
        span, other = recorded(name="private"), recorded(name="other")
        span._attributes = Broken()
        masked, beside = masker(None, told).spans([span, other])
        assert "private" not in on_the_wire(masked)
        assert dict(masked.attributes or {}) == {"n": 7, "gen_ai.usage.input_tokens": 3}
        assert (masked.context.span_id, masked.resource) == (span.context.span_id, span.resource)
        assert beside is other
        assert told.failures == [("mask what is sent", "RuntimeError")]

    def test_a_score_that_cannot_be_masked_stays(self) -> None:
        """It is nothing but text."""
        told = Told()
        record = ReadableLogRecord(LogRecord(attributes=Broken()), Resource({}))
        assert masker(None, told).records([record]) == []
        assert told.failures == [("mask what is sent", "RuntimeError")]

    @pytest.mark.parametrize(
        "mask",
        [Mask(patterns=("emial",)), Mask(max_value_chars=0), Mask(deny=(1,)), Mask(callback=3), "secrets"],  # type: ignore[arg-type] # what a user may well write
    )
    def test_a_mask_that_nobody_understands_hides_all_it_can(self, mask: Any) -> None:
        """And says so."""
        told = Told()
        span = sent(recorded(attributes={"a": "joe@example.com"}), mask, told)
        assert dict(span.attributes or {}) == {"a": "[email hidden by spanmill]"}
        [(action, _)] = told.failures
        assert action.startswith("understand what is to be masked")


class TestSizes:
    """What is too much is cut, and says so."""

    def test_long_values(self) -> None:
        """Each text, and a list of them as a whole."""
        span = recorded(attributes={"a": "x" * 100, "b": ["y" * 30] * 5, "c": "z" * 50})
        attributes: Any = sent(span, Mask(max_value_chars=50)).attributes
        assert (len(attributes["a"]), attributes["a"].endswith(CUT), attributes["c"]) == (50, True, "z" * 50)
        assert attributes["b"] == ("y" * 30, CUT)

    def test_a_secret_is_hidden_before_a_text_is_cut(self) -> None:
        """Half of one is none that a pattern knows; so the torn end of a text that was cut before goes as well."""
        mask = Mask(max_value_chars=40)
        attributes: Any = sent(recorded(attributes={"a": "x" * 20 + " " + KEY}), mask).attributes
        assert "sk-" not in attributes["a"]
        attributes = sent(recorded(attributes={"a": f"word {KEY[:20]}{CUT}"})).attributes
        assert attributes["a"] == CUT
        long = "word " * 20 + KEY[:-6] + CUT
        attributes = sent(recorded(attributes={"a": long})).attributes
        assert (attributes["a"].startswith("word word"), attributes["a"].endswith(CUT), "sk-" in attributes["a"]) == (
            True,
            True,
            False,
        )

    def test_many_attributes(self) -> None:
        """The first ones stay, and how many there were is told."""
        span = sent(recorded(attributes={f"a{number}": number for number in range(20)}), Mask(max_attributes=5))
        assert dict(span.attributes or {}) == {
            **{f"a{number}": number for number in range(5)},
            "spanmill.attributes_left_out": 15,
        }

    def test_values_in_values_without_end(self) -> None:
        """Twenty deep is enough."""
        value: Any = KEY
        for _ in range(30):
            value = [value]
        assert FAILED in str(sent(recorded(attributes={"a": value})).attributes)
