"""What differs from run to run though nobody made it up: measured durations, and names that are random by design."""

import re
from typing import Final

ATTRIBUTES: Final = frozenset(
    {
        "ai.response.avgCompletionTokensPerSecond",
        "ai.response.avgOutputTokensPerSecond",
        "ai.response.msToFinish",
        "ai.response.msToFirstChunk",
        "ai.stream.msToFirstChunk",
        "duration",
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_per_output_chunk",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.execute_tool.duration",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.server.time_per_output_token",
        "gen_ai.server.time_to_first_token",
        "lk.response.ttft",
        "lk.speech.queue_wait",
        "metadata.ai.response.avgOutputTokensPerSecond",
        "metadata.ai.response.msToFinish",
        "metadata.ai.response.msToFirstChunk",
    }
)
"""Attributes that hold a measured duration or a rate; each becomes 1, in its own type."""

TEXTS: Final = re.compile(
    r"(?P<label>\btook |\bduration=|\bDuration: "
    r"|\"(?:duration|ttft|tokens_per_second|latencyMs|litellm_overhead_time_ms)\":\s?)"
    r"\d+(?:\.\d+)?(?:e-\d+)?"
)
"""A measured duration within a text."""

ADDRESS: Final = re.compile(r"(?<= at )0x[0-9a-f]{8,}\b")
"""Where an object lies in memory."""

RUN: Final = re.compile(r"(?P<label>\"(?:\w+\.)?run_id\":\s?\")[0-9A-Za-z]{10}(?=\")")
"""How LlamaIndex names a run of a workflow."""


def settled(text: str) -> str:
    """*text* without what differs."""
    text = TEXTS.sub(r"\g<label>1.00", text)
    return RUN.sub(r"\g<label>0000000001", ADDRESS.sub("0x1", text))
