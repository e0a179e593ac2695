"""`spanmill.flag`: where the value comes from, and what is recorded of it."""

import json
from typing import Any

import pytest

from spanmill._flags import Evaluation, _from_variable
from support.otlp_receiver import Receiver
from support.programs import Run

SHOP = """
import json
import spanmill
spanmill.init("shop")
{setup}
with spanmill.session("s-1", user_id="u-1"), spanmill.span("answer"):
    print(json.dumps(spanmill.flag("new-prompt", default={default})))
"""

OPENFEATURE = """
from openfeature import api
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider
def chosen(flag, context):
    from openfeature.flag_evaluation import FlagResolutionDetails, Reason
    variant = "on" if context.targeting_key == "u-1" else "off"
    return FlagResolutionDetails(value=flag.variants[variant], variant=variant, reason=Reason.TARGETING_MATCH)
flag = InMemoryFlag("off", {"on": True, "off": False}, context_evaluator=chosen)
api.set_provider(InMemoryProvider({"new-prompt": flag}))
"""


def _event(receiver: Receiver) -> dict[str, Any]:
    """What the only event of the only span says."""
    [request] = receiver.requests
    [span] = request.resource_spans[0].scope_spans[0].spans
    [event] = span.events
    assert event.name == "feature_flag.evaluation"
    values = {pair.key: (pair.value, pair.value.WhichOneof("value")) for pair in event.attributes}
    return {key: getattr(value, str(kind)) for key, (value, kind) in values.items()}


def test_where_nobody_says_anything_it_is_the_default(python: Run, receiver: Receiver) -> None:
    """And that is recorded too: this is the variant that ran."""
    done = python(SHOP.format(setup="", default="'old'"))
    assert (json.loads(done.stdout), done.stderr) == ("old", "")
    assert _event(receiver) == {
        "feature_flag.key": "new-prompt",
        "feature_flag.result.value": "old",
        "feature_flag.result.reason": "default",
        "feature_flag.provider.name": "spanmill",
    }
    assert receiver.spans[0].attributes["feature_flag.new-prompt"] == "old"


def test_openfeature_decides_by_user(python: Run, receiver: Receiver) -> None:
    """Where the application has set up a provider; the variant is what spans are filtered by."""
    done = python(SHOP.format(setup=OPENFEATURE, default="False"))
    assert (json.loads(done.stdout), done.stderr) == (True, "")
    said = _event(receiver)
    assert said["feature_flag.result.value"] is True
    assert (said["feature_flag.result.variant"], said["feature_flag.result.reason"]) == ("on", "targeting_match")
    assert said["feature_flag.provider.name"] == "In-Memory Provider"
    assert receiver.spans[0].attributes["feature_flag.new-prompt"] == "on"


def test_a_provider_that_knows_another_type_gives_the_default(python: Run, receiver: Receiver) -> None:
    """The reason says that it went wrong."""
    done = python(SHOP.format(setup=OPENFEATURE, default="'old'"))
    assert (json.loads(done.stdout), done.stderr) == ("old", "")
    assert _event(receiver)["feature_flag.result.reason"] == "error"


def test_a_variable_wins(python: Run, receiver: Receiver) -> None:
    """For the machine at hand, whatever a provider says."""
    done = python(SHOP.format(setup=OPENFEATURE, default="True"), SPANMILL_FLAG_NEW_PROMPT="no")
    assert (json.loads(done.stdout), done.stderr) == (False, "")
    assert _event(receiver)["feature_flag.provider.name"] == "environment"


def test_without_init_it_is_a_value_all_the_same(python: Run) -> None:
    """The application does not depend on being watched."""
    done = python(SHOP.format(setup="", default="{'a': 1}").replace('spanmill.init("shop")', ""))
    assert (json.loads(done.stdout), done.stderr) == ({"a": 1}, "")


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("yes", False, True),
        ("OFF", True, False),
        ("7", 1, 7),
        ("0.5", 1.0, 0.5),
        ("new", "old", "new"),
        ("", "old", ""),
        ('{"a": 2}', {"a": 1}, {"a": 2}),
        ("[1]", [0], [1]),
    ],
)
def test_a_variable_is_read_as_the_default_is(text: str, default: Any, value: Any) -> None:
    """By its type."""
    expected = Evaluation(value, "", "static", "environment")
    assert _from_variable("new.prompt", default, {"SPANMILL_FLAG_NEW_PROMPT": text}) == expected


@pytest.mark.parametrize(("text", "default"), [("maybe", False), ("much", 1), ("[1]", {"a": 1}), ("{", [1])])
def test_a_variable_that_means_nothing_is_the_default(text: str, default: Any) -> None:
    """With the text that was meant as the error."""
    found = _from_variable("x", default, {"SPANMILL_FLAG_X": text})
    assert found is not None
    assert (found.value, found.reason) == (default, "error")
    assert text in found.error
