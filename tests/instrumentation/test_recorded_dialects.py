"""What sixty instrumentations really sent: nothing of it is taken for a secret, and all content in it is known."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, StatusCode

from spanmill import Mask
from spanmill.masking.capture import Capture
from support.masked import masker
from support.source_tree import ROOT

RECORDED = sorted((ROOT / "tests/dialects/recorded").glob("*.json"))
SAID = ("Where is my order", "on its way", "Be brief", "ship in two days", "shipped", "Finds an order", "KC-7")
"""What was said in the conversation that all of them recorded."""

OWN = {("logfire_openai", "KC-7")}
"""Logfire makes an attribute of each argument of a function, under the argument's name: nobody can know these."""


def value(given: Mapping[str, Any]) -> Any:
    """A value of OTLP in JSON."""
    said: Any
    kind, said = next(iter(given.items()), ("none", None))
    match kind:
        case "arrayValue":
            return [value(item) for item in said.get("values", [])]
        case "kvlistValue":
            return attributes(said.get("values", []))
        case "intValue":
            return int(said)
        case _:
            return said


def attributes(given: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes of OTLP in JSON."""
    return {pair["key"]: value(pair["value"]) for pair in given}


def spans(path: Path) -> Iterator[ReadableSpan]:
    """The spans of a recording."""
    for group in json.loads(path.read_text("utf-8")).get("traces", {}).get("resourceSpans", []):
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                yield ReadableSpan(
                    span["name"],
                    SpanContext(int(span["traceId"], 16), int(span["spanId"], 16), is_remote=False),
                    resource=Resource({}),
                    attributes=attributes(span.get("attributes", [])),
                    events=[
                        Event(event["name"], attributes(event.get("attributes", [])), 1)
                        for event in span.get("events", [])
                    ],
                    status=_status(span.get("status", {})),
                    start_time=1,
                    end_time=2,
                    instrumentation_scope=InstrumentationScope(scope.get("scope", {}).get("name", "")),
                )


def _status(given: Mapping[str, Any]) -> Status:
    return Status(StatusCode.ERROR, given.get("message")) if given.get("code") == 2 else Status()


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_nothing_is_taken_for_a_secret(path: Path) -> None:
    """By no pattern and no name."""
    recorded = list(spans(path))
    sent = masker(Mask(patterns="all")).spans(recorded)
    assert all(one is other for one, other in zip(sent, recorded, strict=True))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_no_content_leaves_where_it_is_not_captured(path: Path) -> None:
    """Tokens and models do."""
    recorded = list(spans(path))
    sent = masker(capture=Capture(otherwise=False)).spans(recorded)
    assert {(path.stem, text) for text in SAID if text in str(encode_spans(sent))} <= OWN
    for one, other in zip(sent, recorded, strict=True):
        left: Any = one.attributes
        counts = [key for key, given in (other.attributes or {}).items() if "token" in key and isinstance(given, int)]
        assert [key for key in counts if left.get(key) != (other.attributes or {})[key]] == []


def test_there_was_something_to_hide() -> None:
    """In nearly all recordings."""
    with_content = [path for path in RECORDED if SAID[0] in str(encode_spans(list(spans(path))))]
    assert len(with_content) > len(RECORDED) * 0.7
