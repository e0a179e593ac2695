"""The example: every message has its answer, every flaw its place, and the spans say what happened."""

import ast
import collections
import json
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import get_args

import openai
import pytest

import answers
import bot
import customers
import script
import stand_in_judge
from answers import Label
from support.otlp_receiver import ReceivedSpan, otlp_receiver
from support.processes import clean_environment

EXAMPLE = Path(bot.__file__).parent
CONVERSATIONS = len(customers.SCENARIOS)
"""One of each scenario."""


@pytest.fixture(scope="module")
def spans(model_url: str) -> list[ReceivedSpan]:
    """What arrives when the bot, started by `spanmill run`, holds one conversation of each scenario."""
    program = (str(EXAMPLE / "bot.py"), "--conversations", str(CONVERSATIONS), "--model-url", model_url)
    with otlp_receiver() as receiver:
        done = subprocess.run(
            (sys.executable, "-m", "spanmill", "run", "--", sys.executable, *program),
            check=False,
            capture_output=True,
            text=True,
            env=clean_environment(SPANMILL_ENDPOINT=receiver.grpc_url),
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"support-bot: {CONVERSATIONS} of {CONVERSATIONS} conversations")
    return receiver.spans


def text(span: ReceivedSpan, attribute: str) -> str:
    """What the only message of *attribute* says."""
    ((part,),) = (message["parts"] for message in json.loads(str(span.attributes[attribute])))
    return str(part["content"])


def is_model_call(span: ReceivedSpan) -> bool:
    """Whether the instrumentation of openai made the span, whichever of the two it is."""
    attributes = span.attributes
    return attributes.get("gen_ai.operation.name") == "chat" or attributes.get("openinference.span.kind") == "LLM"


def test_traces(spans: list[ReceivedSpan]) -> None:
    """One trace per turn: the turn at its root, and below it a retrieval, model calls and tools."""
    roots = {span.trace_id: span for span in spans if not span.parent_id}
    truth = script.expected_labels(CONVERSATIONS)
    asked = {(str(root.attributes["session.id"]), text(root, "gen_ai.input.messages")) for root in roots.values()}
    assert asked == set(truth)
    assert len(roots) == len(truth)
    for root in roots.values():
        below = [span for span in spans if span.parent_id == root.span_id]
        assert root.name == "invoke_agent support-bot"
        assert sum(span.name == "retrieve" for span in below) == 1
        tools = sum(span.name == "execute_tool order_lookup" for span in below)
        assert sum(map(is_model_call, below)) == tools + 1
        assert len(below) == 2 * tools + 2


def test_attributes(spans: list[ReceivedSpan]) -> None:
    """Each span bears the names that OpenTelemetry gives to generative AI."""
    required = {
        "invoke_agent support-bot": {
            "gen_ai.operation.name",
            "gen_ai.agent.name",
            "gen_ai.conversation.id",
            "session.id",
            "user.id",
            "gen_ai.input.messages",
            "gen_ai.output.messages",
        },
        "retrieve": {"gen_ai.operation.name", "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents"},
        "execute_tool order_lookup": {
            "gen_ai.operation.name",
            "gen_ai.tool.name",
            "gen_ai.tool.type",
            "gen_ai.tool.call.id",
            "gen_ai.tool.call.arguments",
        },
    }
    for span in spans:
        outcome = {"error.type"} if span.is_error else {"gen_ai.tool.call.result"}
        if span.name in required:
            wanted = required[span.name] | (outcome if span.name.startswith("execute_tool") else set())
            assert set(span.attributes) == wanted
    for call in filter(is_model_call, spans):
        assert "Policies that may help" in " ".join(str(value) for value in call.attributes.values())


def test_flaws_show(spans: list[ReceivedSpan]) -> None:
    """Tool errors are errors of their spans, empty answers are empty, and no label is in any span."""
    truth = script.expected_labels(CONVERSATIONS)
    roots = {span.trace_id: span for span in spans if not span.parent_id}
    failed = {span.trace_id for span in spans if span.is_error}
    for trace_id, root in roots.items():
        label = truth[str(root.attributes["session.id"]), text(root, "gen_ai.input.messages")]
        assert (trace_id in failed) is (label == "tool_error")
        assert (text(root, "gen_ai.output.messages") == "") is (label == "empty")
    everything = repr(spans)
    assert [label for label in get_args(Label) if "_" in label and label in everything] == []


def test_share_of_flaws() -> None:
    """Sixty conversations make about 200 turns; a fifth to a quarter are bad, each label several times."""
    truth = script.expected_labels(60)
    counts = collections.Counter(label for label in truth.values() if label)
    assert 190 <= len(truth) <= 220
    assert 0.2 <= sum(counts.values()) / len(truth) <= 0.25
    assert set(counts) == set(get_args(Label))
    assert min(counts.values()) >= 3


def test_every_message_is_scripted() -> None:
    """Each message of each scenario has its own answer, and no two messages can be confused."""
    assert {name: len(texts) for name, texts in customers.SCENARIOS.items()} == {
        name: len(turns) for name, turns in answers.ANSWERS.items()
    }
    texts = [text for texts in customers.SCENARIOS.values() for text in texts]
    assert len(texts) == len(set(texts))
    for number in range(2 * CONVERSATIONS):
        conversation = customers.conversation(number)
        for turn, message in enumerate(conversation.messages):
            recognised = script._recognise(message)
            assert (recognised.scenario, recognised.position) == (conversation.scenario, turn)


def test_json_is_json_unless_broken() -> None:
    """The good answers to requests for JSON are JSON, the broken ones are not."""
    values = {"name": "N", "order": "KC-4100", "item": "I", "price": "1", "status": "s", "carrier": "c"}
    broken = [turn for turns in answers.ANSWERS.values() for turn in turns if _label(turn) == "broken_json"]
    assert broken
    for turn in broken:
        json.loads(Template(turn.text).substitute(values))
        assert turn.flaw is not None
        assert turn.flaw.text is not None
        with pytest.raises(json.JSONDecodeError):
            json.loads(Template(turn.flaw.text).substitute(values))


def test_slow_is_late() -> None:
    """A slow answer is the good one with a delay, all others come at once."""
    turns = ((number, turn) for number in range(60) for turn in range(len(customers.conversation(number).messages)))
    for number, turn in turns:
        conversation = customers.conversation(number)
        messages = [{"role": "user", "content": message} for message in conversation.messages[: turn + 1]]
        is_slow = script.truth(conversation.id, turn) == "slow"
        assert script.reply([*messages, {"role": "tool", "content": ""}]).delay_s == (script.SLOW_S if is_slow else 0)


def test_server_refuses_what_it_does_not_know(model_url: str) -> None:
    """An unscripted message and a stream are client errors in a sentence; the models are listed."""
    with openai.OpenAI(base_url=model_url, api_key="x", max_retries=0) as client:
        assert {model.id for model in client.models.list()} == {bot.MODEL, stand_in_judge.MODEL}
        for arguments, sentence in (({}, "Nothing is scripted for the message"), ({"stream": True}, "stream")):
            with pytest.raises(openai.BadRequestError, match=sentence):
                client.post(
                    "/chat/completions",
                    cast_to=object,
                    body={"model": bot.MODEL, "messages": [{"role": "user", "content": "What?"}]} | arguments,
                )


def test_bot_knows_neither_spanmill_nor_the_script() -> None:
    """The bot imports the OpenTelemetry API and openai, nothing of spanmill's and nothing of the labels."""
    imported: set[str] = set()
    waiting = ["bot"]
    while waiting:
        path = EXAMPLE / f"{waiting.pop()}.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            waiting += [name for name in names if name not in imported and (EXAMPLE / f"{name}.py").exists()]
            imported |= {name.partition(".")[0] for name in names}
    ours = {name for name in imported if name not in sys.stdlib_module_names}
    assert ours == {"openai", "opentelemetry", "customers", "knowledge", "shop", "spans"}


def _label(turn: answers.Turn) -> Label | None:
    return turn.flaw.label if turn.flaw else None
