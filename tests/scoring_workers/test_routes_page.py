"""``docs/routes.md`` knows every key, and what it shows works."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from spanmill_scoring.routes import messages, signature
from spanmill_scoring.rules.alerts import Alert
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.routes import Review, Slack, Webhook
from spanmill_store.alert_states import AlertState
from spanmill_store.findings import Finding
from spanmill_store.targets import TargetId
from support.source_tree import ROOT

PAGE = (ROOT / "docs/routes.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("model", [Alert, Review, Slack, Webhook], ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    """Each key stands in a table."""
    assert [key for key in model.model_fields if not re.search(rf"^\| .*`{key}`", PAGE, re.MULTILINE)] == []


def test_the_example_loads(tmp_path: Path) -> None:
    """The rules file is one that spanmill takes."""
    [text] = (text for language, text in BLOCKS if language == "yaml")
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    assert list(load(path).problems) == []


def test_the_example_verifies_what_is_signed() -> None:
    """A message of ours passes; one that is changed, old, or signed with another secret does not."""
    [source] = (text for language, text in BLOCKS if language == "python")
    names: dict[str, Any] = {}
    exec(source, names)
    verify, secret, now = names["is_from_spanmill"], b"a secret of some length", int(time.time())
    headers = signature.headers(secret, "id", now, b"body")
    assert verify(secret, headers, b"body")
    assert not verify(secret, headers, b"other")
    assert not verify(b"another secret of length", headers, b"body")
    assert not verify(secret, {**headers, "webhook-id": "other"}, b"body")
    assert not verify(secret, {**headers, "webhook-timestamp": str(now - 1)}, b"body")
    assert not verify(secret, signature.headers(secret, "id", now - 1000, b"body"), b"body")


def test_every_field_of_a_message_is_explained() -> None:
    """Those of flags and alerts; a summary's are looked at where it is sent."""
    now = datetime.now(UTC)
    finding = Finding(TargetId("p", "t"), now, "", "r", "1", "s", 0.0, "", "", is_withdrawn=False)
    state = AlertState("p", "r", "1", 0, now, now, "firing", 0.1, None, None, 1)
    for text in (messages.of_flag("webhook", finding, ""), messages.of_alert("webhook", Alert(below=1), state, "")):
        message = json.loads(text)
        [line] = (line for line in PAGE.splitlines() if line.startswith(f"| `{message['type']}` |"))
        score = message["data"].get("score", {})
        assert [name for name in (*message["data"], *score) if f"`{name}`" not in line] == []
