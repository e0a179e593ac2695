"""The example: every message has its answer, every flaw its place, and the spans say what happened."""

import sys

import pytest

from conftest import EXAMPLE
from support.otlp_receiver import ReceivedSpan, Receiver
from support.programs import Run

CONVERSATIONS = 12
"""One of each scenario."""


@pytest.fixture
def spans(start: Run, receiver: Receiver, model_url: str) -> list[ReceivedSpan]:
    """What arrives when the bot holds one conversation of each scenario, uninstrumented by any code of its own."""
    bot = [sys.executable, str(EXAMPLE / "bot.py"), "--conversations", str(CONVERSATIONS), "--model-url", model_url]
    done = start(sys.executable, "-m", "spanmill", "run", "--", *bot, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith(f"support-bot: {CONVERSATIONS} of {CONVERSATIONS} conversations")
    return receiver.spans
