"""
Every dialect means the same: recordings of real libraries, through collector and store, into canonical columns.

All recordings come from one scripted conversation with a model that always reports the same usage (see
``recorder/fake_api.py``), so that what must come out is known: 1,200 tokens in of which 1,000 were cached, 80 out, and
for Anthropic 1,250 in, whatever a library calls them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from dialects.mapped import FILES, HANDMADE, as_text, expected_path, mapped, send
from dialects.recorder.app import RECORDED
from spanmill_store.client import Store

pytestmark = pytest.mark.clickhouse

QUESTION: Final = "Where is my order KC-7?"
ANSWER: Final = "It is on its way."


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dialect_fills_the_canonical_columns(path: Path, store: Store, database_url: str) -> None:
    """Spans and traces are what ``expected/`` says; ``dialects.expect`` writes it anew, to be read in the diff."""
    send(database_url, path)
    found = mapped(store)
    assert json.loads(as_text(found)) == json.loads(expected_path(path).read_text("utf-8"))


@dataclass(frozen=True)
class Fact:
    """
    What is true of a recording, by the script that was played.

    Attributes:
        input_tokens, output_tokens, cached_tokens: Over all its traces; None where the library does not say.
    """

    name: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int | None
    session: str = ""
    user: str = ""
    tools: str = ""


FACTS: Final = (
    Fact("openai_otel", 4 * 1200 + 8, 4 * 80, 4 * 1000),
    Fact("openai_otel_details", 4 * 1200 + 8, 4 * 80, 4 * 1000),
    Fact("openai_otel_events", 3 * 1200 + 8, 3 * 80, None),
    Fact("openai_openinference", 4 * 1200 + 8, 4 * 80, 4 * 1000, "conversation-1", "ana"),
    Fact("openai_openllmetry", 4 * 1200 + 8, 4 * 80, 4 * 1000),
    Fact("traceloop", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("anthropic_otel", 3 * 1250, 3 * 80, 3 * 1000),
    Fact("pydantic_ai", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "", "order_lookup"),
    Fact("pydantic_ai_anthropic", 2 * 1250, 2 * 80, 2 * 1000, tools="order_lookup"),
    Fact("pydantic_ai_v2", 2 * 1200, 2 * 80, 2 * 1000, tools="order_lookup"),
    Fact("langchain_openinference", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("langchain_openllmetry", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("langchain_otel", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "", "order_lookup"),
    Fact("langsmith", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("litellm_openinference", 2 * 1200 + 1250 + 8, 3 * 80, 3 * 1000, "conversation-1", "ana"),
    Fact("mlflow", 4 * 1200, 4 * 80, 4 * 1000, tools="order_lookup"),
    Fact("langfuse", 1200, 80, 1000, "conversation-1", "ana", "order_lookup"),
    Fact("langfuse_openai", 4 * 1200 + 8, 4 * 80, 4 * 1000, "conversation-1", "ana"),
    Fact("vercel_ai_v5_anthropic", 3 * 1250, 3 * 80, 3 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("vercel_ai_v6_anthropic", 3 * 1250, 3 * 80, 3 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("google_adk", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "", "order_lookup"),
    Fact("google_adk_v1", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "", "order_lookup"),
    Fact("smolagents", 2 * 1200, 2 * 80, None, "conversation-1", "ana", "order_lookup > final_answer"),
    Fact("strands", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("laminar", 4 * 1200, 4 * 80, 4 * 1000, "conversation-1", "ana", "order_lookup"),
    Fact("livekit", 2 * 1200, 2 * 80, 2 * 1000, tools="order_lookup"),
    Fact("genkit", 2 * 1200, 2 * 80, None, tools="order_lookup"),
    Fact("openai_agents_openinference", 2 * 1200, 2 * 80, 2 * 1000, "conversation-1", "ana", "order_lookup"),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_what_was_played_comes_out(fact: Fact, store: Store, database_url: str) -> None:
    """Usage counts once, session and user hold for the whole trace, tools, question and answer are found."""
    send(database_url, RECORDED / f"{fact.name}.json")
    [row] = store.select(
        "SELECT sum(InputTokens) AS input, sum(OutputTokens) AS output, sum(CachedTokens) AS cached,"
        " max(SessionId) AS session, max(UserId) AS user, max(ToolPath) AS tools,"
        " groupUniqArray(Input) AS questions, groupUniqArray(Output) AS answers FROM traces"
    )
    assert (row["input"], row["output"], row["cached"]) == (fact.input_tokens, fact.output_tokens, fact.cached_tokens)
    assert (row["session"] or "", row["user"] or "") == (fact.session or row["session"], fact.user)
    assert row["tools"] == fact.tools
    assert QUESTION in row["questions"], "what was asked"
    assert any(ANSWER in answer for answer in row["answers"]), "what was answered"


def test_two_instrumentations_beside_each_other_count_once(store: Store, database_url: str) -> None:
    """OpenLLMetry and the client's own spans report one call side by side: by the answer's id it is one."""
    send(database_url, RECORDED / "anthropic_openllmetry.json")
    [trace] = store.select("SELECT InputTokens, CachedTokens, LlmCount FROM traces")
    assert (trace["InputTokens"], trace["CachedTokens"]) == (3 * 1250, 3 * 1000)


def test_there_is_an_expectation_for_every_file_and_no_other() -> None:
    """Nothing is recorded without saying what it means."""
    expected = {path.name for path in expected_path(FILES[0]).parent.glob("*.json")}
    assert expected == {path.name for path in (*RECORDED.glob("*.json"), *HANDMADE.glob("*.json"))}
