"""`observe`, `span` and `session` in real processes, seen from the collector."""

import json
import re

import pytest

from support.otlp_receiver import Receiver
from support.programs import Run
from support.source_tree import ROOT

SHOP = """
import spanmill
spanmill.init("shop")

@spanmill.observe(kind="agent")
def answer(question):
    with spanmill.span("look up", kind="tool", input={"order": 7}, attributes={"gen_ai.tool.name": "orders"}) as step:
        step.set_output("shipped")
    return "It is on its way."

with spanmill.session("s-1", user_id="u-1", tags=["beta"], metadata={"plan": "pro"}):
    answer("Where is it?")
"""


def test_an_agent_of_three_lines(python: Run, receiver: Receiver) -> None:
    """Its spans lie below each other, with content, and belong to their session."""
    done = python(SHOP)
    assert (done.returncode, done.stderr) == (0, "")
    [agent], [tool] = receiver.named("answer"), receiver.named("look up")
    assert tool.parent_id == agent.span_id
    assert agent.attributes["input.value"] == '{"question": "Where is it?"}'
    assert agent.attributes["output.value"] == "It is on its way."
    assert (tool.attributes["gen_ai.tool.name"], tool.attributes["output.value"]) == ("orders", "shipped")
    for span in (agent, tool):
        belongs = [span.attributes[name] for name in ("session.id", "user.id", "tag.tags")]
        assert [*belongs, json.loads(str(span.attributes["metadata"]))] == ["s-1", "u-1", ["beta"], {"plan": "pro"}]


def test_no_content_where_it_is_not_captured(python: Run, receiver: Receiver) -> None:
    """The switch of `init` counts for the application's own steps, too."""
    python(SHOP, SPANMILL_CAPTURE_CONTENT="no")
    for span in receiver.spans:
        assert not {"input.value", "output.value"} & span.attributes.keys()
    assert len(receiver.spans) == 2


def test_nothing_is_sent_and_everything_runs_without_init(python: Run, receiver: Receiver) -> None:
    """Or with OpenTelemetry switched off."""
    for program, variables in (
        (SHOP.replace('spanmill.init("shop")', ""), {}),
        (SHOP, {"OTEL_SDK_DISABLED": "true"}),
    ):
        done = python(program + "print(answer('?'))", **variables)
        assert (done.stdout, done.stderr) == ("It is on its way.\n", "")
    assert receiver.spans == []


@pytest.mark.parametrize("page", ["README.md", "docs/applications.md"])
def test_programs_of_the_page_run(python: Run, receiver: Receiver, page: str) -> None:
    """As they stand there, and the spans of those that send any arrive."""
    programs = re.findall(r"```python\n(.*?)```", ROOT.joinpath(page).read_text("utf-8"), re.DOTALL)
    assert programs
    for program in programs:
        before = len(receiver.spans)
        done = python(program)
        assert (done.returncode, done.stderr) == (0, "")
        assert (len(receiver.spans) > before) is ("spanmill.init(" in program)
