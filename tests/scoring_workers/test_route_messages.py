import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.routes.messages import MAX_REASON_CHARS, of_flag
from spanmill_store.findings import Finding
from spanmill_store.targets import TargetId

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def finding(reason: str, label: str = "bad") -> Finding:
    """A flag with *reason*."""
    return Finding(TargetId("default", "t1"), NOW, "s", "r", "1", "quality", 0.25, label, reason, is_withdrawn=False)


def slack_text(reason: str, label: str = "bad") -> str:
    """What Slack is sent about it."""
    text = json.loads(of_flag("slack", finding(reason, label), "a rule"))["text"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel> wake up",
        "<@U123> hi",
        "<https://evil.example|the docs>",
        "@here `@all`",
        "``` @channel",
        "&lt;!here&gt;",
    ],
)
def test_what_users_wrote_wakes_nobody(hostile: str) -> None:
    """Signs of Slack are escaped, and the text stays inside of code, where others do not look for mentions."""
    text = slack_text(hostile, hostile)
    assert "<" not in text
    assert ">" not in text
    outside = "".join(text.split("`")[::2])
    assert "@" not in outside
    assert text.count("`") % 2 == 0


@given(st.text(max_size=2000))
def test_any_text_stays_inside_of_its_code(reason: str) -> None:
    """Whatever is in it, the message has as many ticks as it would have had, on one line, and is not long."""
    plain = slack_text("because").count("`")
    text = slack_text(reason)
    assert text.count("`") in {plain, plain - 2}
    assert "\n" not in text
    assert len(text) < 2500


def test_a_long_reason_is_cut() -> None:
    """A webhook is told enough."""
    data = json.loads(of_flag("webhook", finding("x" * 9000), "a rule"))["data"]
    assert len(data["score"]["reason"]) == MAX_REASON_CHARS
    assert (data["rule"], data["trace_id"], data["score"]["value"]) == ("r", "t1", 0.25)
