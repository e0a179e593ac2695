"""What the store makes of a recorded dialect: its spans and traces, without what is empty."""

import json
from pathlib import Path
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dialects.recorder.app import RECORDED
from dialects.recorder.otlp_json import from_json
from spanmill_collector.otlp.signals import LOGS
from spanmill_collector.otlp.signals import TRACES as SPANS_SIGNAL
from spanmill_collector.otlp.validation import check
from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import new_token, segment

HANDMADE: Final = RECORDED.with_name("handmade")
EXPECTED: Final = RECORDED.with_name("expected")
FILES: Final = sorted([*RECORDED.glob("*.json"), *HANDMADE.glob("*.json")])

SIGNALS: Final = ((SPANS_SIGNAL, ExportTraceServiceRequest), (LOGS, ExportLogsServiceRequest))

SPANS: Final = """
SELECT SpanName, SpanType, Provider, RequestModel, ResponseModel, InputTokens, OutputTokens, CachedTokens,
    CacheWriteTokens, ReasoningTokens, toString(round(CostUsd, 9)) AS CostUsd, CostSource, SessionId, UserId, Tags,
    AgentName, ToolName, FinishReason, PromptName, PromptVersion, ErrorType, IsError, TimeToFirstChunk, Environment,
    Release, InputText, OutputText, SystemPrompt
FROM spans ORDER BY Timestamp, TraceId, SpanId
"""
TRACES: Final = """
SELECT RootName, AppRootName, IsNoise, SpanCount, LlmCount, ToolCount, ErrorCount, InputTokens, OutputTokens,
    CachedTokens, toString(round(CostUsd, 9)) AS CostUsd, SessionId, UserId, Tags, Models, AgentNames, ToolPath, Input,
    Output
FROM traces ORDER BY StartTime, TraceId
"""
LONGEST: Final = 200
"""Characters of a text that are kept: the rest says nothing more about the mapping."""


def send(url: str, path: Path) -> None:
    """Send what *path* holds through the collector's check and the OTLP path, as an application would."""
    document = json.loads(path.read_text("utf-8"))
    for signal, kind in SIGNALS:
        if signal.name in document:
            checked = check(from_json(document[signal.name], kind).SerializeToString(), signal)
            with SignalIngest(url, signal.name) as ingest:
                ingest.insert([segment(kind.FromString(checked.request))], new_token())


def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    """Rows of *sql* without empty values, and with long texts cut."""
    return [{name: _short(value) for name, value in row.items() if _says_something(value)} for row in store.select(sql)]


def mapped(store: Store) -> dict[str, Any]:
    """Everything that is stored, as the canonical columns have it."""
    return {"spans": rows(store, SPANS), "traces": rows(store, TRACES)}


def expected_path(path: Path) -> Path:
    """Where the expectation for the recording *path* is kept."""
    return EXPECTED / path.name


def as_text(found: dict[str, Any]) -> str:
    """*found* as it is kept: a line a row."""
    parts = (
        f"  {json.dumps(name)}: [\n"
        + ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
        + "\n  ]"
        for name, rows in found.items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _says_something(value: Any) -> bool:
    return value not in (None, "", [], False)


def _short(value: Any) -> Any:
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value
