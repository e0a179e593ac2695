"""
Calls of an observed function in an SDK's own environment: a program, with the name of the SDK and a sink's port.

Every line that comes in says how many calls to make; what they took goes out as JSON: of the thread that called, and of
the whole process until everything was sent. It runs where nothing of ours is installed, so it imports nothing of it.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

Call = Callable[[str, int], str]
Started = tuple[Call, Callable[[], object]]

os.environ["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = "*"


def work(question: str, k: int) -> str:
    """The function; what is measured is all that is not it."""
    return question[:k]


def provider_to(port: str) -> Any:
    """OpenTelemetry's SDK with its own processor and exporter."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def bare(port: str) -> Started:
    """A span written by hand with OpenTelemetry's SDK, with the attributes that the others record."""
    provider = provider_to(port)
    tracer = provider.get_tracer("bench")

    def call(question: str, k: int) -> str:
        with tracer.start_as_current_span("work", attributes={"openinference.span.kind": "CHAIN"}) as span:
            span.set_attribute("input.value", json.dumps({"question": question, "k": k}, ensure_ascii=False))
            result = work(question, k)
            span.set_attribute("output.value", result)
            return result

    return call, provider.force_flush


def spanmill(port: str) -> Started:
    """Our own, with its masking of secrets, as it is without any setting."""
    os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
    import spanmill

    spanmill.init("bench", endpoint=f"http://127.0.0.1:{port}")
    return spanmill.observe(work), lambda: spanmill.flush(30)


def spanmill_unmasked(port: str) -> Started:
    """The same without masking, which no other does."""
    os.environ["SPANMILL_MASK"] = "none"
    return spanmill(port)


def logfire(port: str) -> Started:
    """Logfire's decorator, with arguments and result, sending to an exporter of OpenTelemetry."""
    import logfire
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    sends = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces"))
    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[sends], service_name="bench")
    return logfire.instrument("work", extract_args=True, record_return=True)(work), logfire.force_flush


def langfuse(port: str) -> Started:
    """Langfuse's decorator."""
    from langfuse import Langfuse, observe

    client = Langfuse(public_key="pk-lf-x", secret_key="sk-lf-x", base_url=f"http://127.0.0.1:{port}")
    return observe()(work), client.flush


def traceloop(port: str) -> Started:
    """Traceloop's decorator for a task."""
    from opentelemetry import trace
    from traceloop.sdk import Traceloop
    from traceloop.sdk.decorators import task

    Traceloop.init(
        app_name="bench", api_endpoint=f"http://127.0.0.1:{port}", telemetry_enabled=False, instruments=set()
    )
    provider: Any = trace.get_tracer_provider()
    return task(name="work")(work), provider.force_flush


def measured(call: Call, flush: Callable[[], object], count: int) -> dict[str, float]:
    """Make *count* calls; µs of CPU for each, and the process's memory afterwards in MB."""
    process_s, thread_s, began_s = time.process_time(), time.thread_time(), time.perf_counter()
    for number in range(count):
        call("What is it that I ordered?", number % 20)
    thread_s, took_s = time.thread_time() - thread_s, time.perf_counter() - began_s
    flush()
    return {
        "thread_us": thread_s / count * 1e6,
        "process_us": (time.process_time() - process_s) / count * 1e6,
        "calls_per_s": count / took_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(name: str, port: str) -> None:
    """Answer each line until there are no more."""
    call, flush = globals()[name](port)
    measured(call, flush, 1000)
    for line in sys.stdin:
        print(json.dumps(measured(call, flush, int(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
