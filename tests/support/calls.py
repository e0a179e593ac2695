"""Calls of models for tests, written straight into ``otel_traces``, and what they were charged."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from spanmill_store.client import Store

NOON: Final = datetime(2026, 6, 15, 12, tzinfo=UTC)

_COLUMNS: Final = ("Timestamp", "TraceId", "SpanId", "SpanName", "ServiceName", "SpanAttributes")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model."""

    model: str
    provider: str = "openai"
    input: int | None = 1000
    output: int = 100
    cached: int = 0
    written: int = 0
    at: datetime = NOON
    reported: float | None = None

    def attributes(self) -> dict[str, str]:
        """What its span says."""
        said: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
            "gen_ai.usage.input_tokens": self.input,
            "gen_ai.usage.output_tokens": self.output,
            "gen_ai.usage.cache_read.input_tokens": self.cached,
            "gen_ai.usage.cache_creation.input_tokens": self.written,
            "gen_ai.usage.cost": self.reported,
        }
        return {name: str(value) for name, value in said.items() if value is not None}


def store_calls(store: Store, calls: Sequence[Call], first: int = 0, trace: str = "") -> None:
    """Write each of *calls* as a trace of its own, or all into *trace*; they are numbered from *first* on."""
    rows = [
        (call.at, trace or f"{first + number:032x}", f"{first + number:016x}", "chat", "tests", call.attributes())
        for number, call in enumerate(calls)
    ]
    store.insert("otel_traces", _COLUMNS, rows)


def charged(store: Store) -> list[tuple[float | None, str]]:
    """Cost and its source of every call, in order."""
    rows = store.select("SELECT CostUsd, CostSource FROM otel_traces ORDER BY SpanId")
    return [(row["CostUsd"], row["CostSource"]) for row in rows]


def charged_now(store: Store, *calls: Call) -> list[tuple[float | None, str]]:
    """Write *calls* behind those that are there, and return what they were charged."""
    [row] = store.select("SELECT count() AS n FROM otel_traces")
    store_calls(store, calls, int(row["n"]))
    return charged(store)[int(row["n"]) :]


def costs_of_traces(store: Store) -> list[float | None]:
    """What every trace cost, in order."""
    return [row["CostUsd"] for row in store.select("SELECT CostUsd FROM traces ORDER BY TraceId")]


def about(cost: float) -> Any:
    """What equals *cost* to nine digits."""
    return pytest.approx(cost, rel=1e-9)


def as_json(*entries: dict[str, object]) -> str:
    """A price file with *entries*."""
    return json.dumps({"prices": entries})
