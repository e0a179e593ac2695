"""Of which libraries content is captured, and that none of the others leaves, whatever they recorded."""

from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Span, Status, StatusCode

from spanmill.masking.capture import Capture, chosen
from spanmill.masking.content import is_content
from spanmill_store.mapping.content_sources import CONTENT
from spanmill_store.mapping.indexed import DOCUMENTS, INPUTS, OUTPUTS
from support.masked import masker, recorded, sent
from support.otlp_receiver import Receiver
from support.programs import Run

HIDDEN = "[content hidden by spanmill]"


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ("", {"openinference.instrumentation.openai": True}),
        ("no", {"openinference.instrumentation.openai": False, "spanmill": False}),
        (
            "openai=no, langchain=yes",
            {
                "opentelemetry.instrumentation.openai_v2": False,
                "openinference.instrumentation.openai": False,
                "opentelemetry.instrumentation.openai.v1": False,
                "opentelemetry.instrumentation.genai.openai": False,
                "opentelemetry.instrumentation.openai_agents": True,
                "opentelemetry.instrumentation.langchain": True,
                "openai.shop": False,
                "app": True,
                "": True,
            },
        ),
        (
            "no,spanmill=yes,google-genai=on",
            {"spanmill": True, "openinference.instrumentation.google_genai": True, "app": False},
        ),
        ("*=off,langchain=1", {"app": False, "langchain": True}),
        ("genai=yes,openai=no", {"x.genai.openai": False, "x.openai.genai": True}),
        ("openai=yes,genai.openai=no", {"x.genai.openai": False, "x.openai": True}),
    ],
)
def test_variable(said: str, scopes: dict[str, bool]) -> None:
    """SPANMILL_CAPTURE_CONTENT is yes, no, or a list of libraries, named as scopes end."""
    capture = chosen(None, said)
    assert {scope: capture.of(scope) for scope in scopes} == scopes


def test_argument_wins_over_the_variable() -> None:
    """True, False, or a mapping with an asterisk for all others."""
    assert (chosen(True, "no").of("a"), chosen(False, "yes").of("a")) == (True, False)
    capture = chosen({"openai": False, "*": True}, "no")
    assert (capture.of("x.openai"), capture.of("a"), capture.is_on) == (False, True, True)
    assert not chosen({"openai": False, "*": False}, "").is_on


class TestAttributes:
    """Which attributes are content."""

    def test_what_the_store_takes_for_content_is(self) -> None:
        """In all dialects that it knows."""
        names = {source.attribute for sources in CONTENT.values() for source in sources}
        names |= {f"{start}0.message.content" for start in (*INPUTS, *OUTPUTS)}
        names |= {f"{start}0.document.content" for start in DOCUMENTS}
        assert [name for name in sorted(names) if not is_content(name)] == []

    @pytest.mark.parametrize(
        "name",
        [
            *("gen_ai.usage.input_tokens", "gen_ai.request.model", "llm.token_count.prompt", "llm.cost.total"),
            *("gen_ai.response.id", "gen_ai.tool.name", "gen_ai.tool.call.id", "ai.response.model", "ai.usage.tokens"),
            *("session.id", "user.id", "metadata", "tag.tags", "gen_ai.prompt.name", "ai.response.finishReason"),
            *("retrieval.documents.0.document.id", "retrieval.documents.0.document.score", "http.url"),
        ],
    )
    def test_numbers_names_and_ids_are_not(self, name: str) -> None:
        """They stay."""
        assert not is_content(name)


def fill(span: Span) -> None:
    """Content wherever instrumentations put it."""
    for name in ("input.value", "gen_ai.output.messages", "llm.input_messages.0.message.content", "ai.prompt"):
        span.set_attribute(name, "private")
    span.set_attributes({"gen_ai.usage.input_tokens": 7, "gen_ai.request.model": "m", "shop": "open"})
    span.add_event("gen_ai.user.message", {"content": "private"})
    span.add_event("gen_ai.evaluation.result", {"gen_ai.evaluation.explanation": "private", "n": 1})
    span.record_exception(ValueError("private"))
    span.set_status(Status(StatusCode.ERROR, "ValueError: private"))


class TestOff:
    """What is sent of a library whose content is not captured."""

    def test_content_stays_behind(self) -> None:
        """Numbers, models and ids are sent, and of errors their type."""
        span = sent(recorded(fill, scope="x.openai"), capture=Capture(True, {"openai": False}))
        attributes: list[Any] = [dict(event.attributes or {}) for event in span.events]
        assert dict(span.attributes or {}) == {
            "gen_ai.usage.input_tokens": 7,
            "gen_ai.request.model": "m",
            "shop": "open",
        }
        assert attributes[0] == {"gen_ai.evaluation.explanation": HIDDEN, "n": 1}
        assert [attributes[1][f"exception.{name}"] for name in ("type", "message", "stacktrace")] == [
            "ValueError",
            f"ValueError: {HIDDEN}",
            f"ValueError: {HIDDEN}",
        ]
        assert (len(attributes), span.status.description) == (2, f"ValueError: {HIDDEN}")

    def test_other_libraries_are_not_concerned(self) -> None:
        """Their spans leave as they are."""
        span = recorded(fill, scope="x.langchain")
        assert sent(span, capture=Capture(True, {"openai": False})) is span

    def test_scores_keep_their_numbers(self) -> None:
        """What people wrote with them stays behind."""
        given = LogRecord(body="private", attributes={"gen_ai.evaluation.explanation": "private", "v": 1.0})
        record = ReadableLogRecord(given, Resource({}), InstrumentationScope("spanmill"))
        [masked] = masker(capture=Capture(False)).records([record])
        assert masked.log_record.attributes == {"gen_ai.evaluation.explanation": HIDDEN, "v": 1.0}
        assert masked.log_record.body == HIDDEN


ASK = """
import spanmill
spanmill.init("shop", capture_content={{{libraries}}})
from openai import OpenAI

@spanmill.observe
def ask(question):
    with OpenAI(base_url={url!r}, api_key="x") as client:
        messages = [{{"role": "user", "content": question}}]
        return client.chat.completions.create(model="m", messages=messages).choices[0].message.content

ask({question!r})
"""
QUESTION = "Hi, Ana Costa here. I would like to return the Aster kettle from order KC-4100. How long do I have?"


@pytest.mark.parametrize(
    ("libraries", "own", "openai"), [("'openai': False", True, False), ("'spanmill': False", False, True)]
)
def test_one_library_of_two(
    libraries: str, own: bool, openai: bool, python: Run, receiver: Receiver, model_url: str
) -> None:
    """The real instrumentation of openai, and a step of the application around it."""
    program = ASK.format(libraries=libraries, url=model_url, question=QUESTION)
    done = python(program, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="")
    assert (done.returncode, done.stderr) == (0, "")
    [step] = receiver.named("ask")
    [call] = [span for span in receiver.spans if span.name != "ask"]
    assert ("Aster kettle" in str(step.attributes), "Aster kettle" in str(call.attributes)) == (own, openai)
    assert "gen_ai.usage.input_tokens" in call.attributes
