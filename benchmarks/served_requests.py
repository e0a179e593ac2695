"""
A small FastAPI application under uvicorn, watched or not: a program, with who watches, its own port and a sink's.

Each request makes three spans: the server's, by FastAPI's instrumentor, and two of the application's own steps.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI

from benchmarks.observed_calls import provider_to

Step = Callable[[str, str], list[str]]


def find(question: str, place: str) -> list[str]:
    """What the application does."""
    return [f"{place}: {word}" for word in question.split()]


def bare(port: str) -> Step:
    """OpenTelemetry's SDK, with spans written by hand."""
    from opentelemetry import trace
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    provider = provider_to(port)
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor().instrument()
    tracer = provider.get_tracer("bench")

    def step(question: str, place: str) -> list[str]:
        with tracer.start_as_current_span("find", attributes={"openinference.span.kind": "CHAIN"}) as span:
            span.set_attribute("input.value", json.dumps({"question": question, "place": place}))
            result = find(question, place)
            span.set_attribute("output.value", json.dumps(result))
            return result

    return step


def spanmill(port: str) -> Step:
    """Ours, as it is without any setting; of what is installed beside, no more is imported than by the bare SDK."""
    os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
    os.environ["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = "flask,openai"
    import spanmill

    spanmill.init("bench", endpoint=f"http://127.0.0.1:{port}")
    return spanmill.observe(find)


def main(name: str, port: str, sink_port: str) -> None:
    """Serve until the end."""
    os.environ.pop("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", None)
    step: Step = globals()[name](sink_port)
    app = FastAPI()

    @app.post("/ask")
    async def ask(body: dict[str, str]) -> dict[str, Any]:
        return {place: step(body["question"], place) for place in ("orders", "mails")}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error")


if __name__ == "__main__":
    main(*sys.argv[1:])
