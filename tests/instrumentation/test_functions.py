"""Functions of a cloud: frozen as soon as they have answered, and maybe never thawed."""

import pytest
from opentelemetry.sdk.trace import TracerProvider

from spanmill import _functions
from spanmill._guard import Guard
from spanmill._outbox import THREAD
from support.otlp_receiver import Receiver
from support.programs import Run

LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"

RUNTIME = """
import os, signal, threading, time
import spanmill
spanmill.init("function", **{options})

@spanmill.observe
def look(question):
    return "there"

@spanmill.observe(kind="agent")
def handler(event, context):
    if event == "bad":
        raise ValueError(event)
    return look(event)

def call(event):
    try:
        handler(event, None)
    except ValueError:
        pass

for event in {events}:
    call(event)
os.kill(os.getpid(), signal.SIGKILL)
"""
"""A runtime that gives its process no time at all once the last call was answered, as one that is never thawed."""


def program(*events: str, **options: object) -> str:
    """The runtime's, with calls for *events*."""
    return RUNTIME.format(options=options, events=events)


def names(receiver: Receiver) -> list[str]:
    """Of the spans that arrived."""
    return sorted(span.name for span in receiver.spans)


def test_what_a_call_recorded_is_sent_before_it_answers(python: Run, receiver: Receiver) -> None:
    """Of every call, of one that fails too, and nothing twice."""
    python(program("where?", "bad"), **{LAMBDA: "ask"})
    assert names(receiver) == ["handler", "handler", "look"]


def test_elsewhere_nobody_waits_for_that(python: Run, receiver: Receiver) -> None:
    """A process that is killed loses what it had no time to send."""
    python(program("where?"))
    assert names(receiver) == []


def test_a_trace_that_sampling_holds_back_is_decided_about(python: Run, receiver: Receiver) -> None:
    """At once, for there may be no later."""
    python(program("where?", "bad", sample=1e-9), **{LAMBDA: "ask"})
    assert names(receiver) == ["handler"]


def test_a_span_below_another_one_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what the sending thread itself records, for ever: it would wait for itself."""
    flushed: list[float] = []
    provider = TracerProvider()
    provider.add_span_processor(_functions.CallEnd(flushed.append, 2.0, Guard(lambda *_: None)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("call"):
        with tracer.start_as_current_span("step"):
            pass
        assert flushed == []
    assert flushed == [2.0]
    monkeypatch.setattr("threading.Thread.name", THREAD)
    with tracer.start_as_current_span("call"):
        pass
    assert flushed == [2.0]
