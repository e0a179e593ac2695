"""Real processes and what arrives of them: children that end in all ways, collectors that are away."""

import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from support.otlp_receiver import Receiver
from support.processes import free_port
from support.programs import Run
from support.servers import valkey_server

PREFACE = """
import os, multiprocessing, time
import spanmill
from opentelemetry import trace
spanmill.init("family")
def work(name):
    with spanmill.span(name):
        pass
"""

QUIET = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}
"""Newer Pythons warn of every fork beside threads."""


def _names(receiver: Receiver) -> Counter[str]:
    return Counter(span.name for span in receiver.spans)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_lose_nothing(python: Run, receiver: Receiver, method: str) -> None:
    """However they are started: most end with ``os._exit``, after which no exit handler runs."""
    done = python(
        PREFACE
        + f"""
if __name__ == "__main__":
    work("parent")
    context = multiprocessing.get_context({method!r})
    children = [context.Process(target=work, args=(f"child {{number}}",)) for number in range(3)]
    for child in children: child.start()
    for child in children: child.join()
""",
        **QUIET,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(receiver) == Counter(["parent", "child 0", "child 1", "child 2"])


def test_a_pool_of_workers_loses_nothing(python: Run, receiver: Receiver) -> None:
    """Of concurrent.futures, whose processes live for many tasks."""
    done = python(
        PREFACE
        + """
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
    list(pool.map(work, [f"task {number}" for number in range(20)]))
""",
        **QUIET,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(receiver) == Counter(f"task {number}" for number in range(20))


def test_a_child_that_is_ended_at_once_sends_first(python: Run, receiver: Receiver) -> None:
    """Its grandchild too; the parent's own `os._exit` stays what it is."""
    done = python(
        PREFACE
        + """
ends = os._exit
if not (child := os.fork()):
    if not (grandchild := os.fork()):
        work("grandchild")
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == 3
    work("child")
    os._exit(4)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4
assert os._exit is ends
""",
        **QUIET,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(receiver) == Counter(["child", "grandchild"])


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_who_ends_by_a_signal_to_itself_sends_first(python: Run, receiver: Receiver, name: str) -> None:
    """As uvicorn does when it has finished; how the process ended stays what it is."""
    done = python(
        PREFACE
        + f"""
import signal
signal.signal(signal.{name}, lambda *_: None)
signal.raise_signal(signal.{name})
signal.signal(signal.{name}, signal.SIG_DFL)
work("last")
signal.raise_signal(signal.{name})
"""
    )
    assert (done.returncode, done.stderr) == (-signal.Signals[name], "")
    assert _names(receiver) == Counter(["last"])


def test_a_child_does_not_wait_for_a_collector_that_is_away(python: Run) -> None:
    """For longer than the exit may; its exit code is its own."""
    done = python(
        PREFACE.replace('"family"', "exit_timeout_s=0.1")
        + """
began_s = time.monotonic()
if not (child := os.fork()):
    work("child")
    os._exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
print(time.monotonic() - began_s < 5)
""",
        SPANMILL_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        **QUIET,
    )
    assert (done.returncode, done.stdout) == (0, "True\n")


@pytest.mark.redis
def test_jobs_of_rq_lose_nothing(python: Run, receiver: Receiver, tmp_path: Path) -> None:
    """RQ forks a child for each job and ends it with ``os._exit``."""
    port = free_port()
    with valkey_server(tmp_path, port), Redis(port=port) as redis:
        queue = Queue("llm", connection=redis)
        for number in range(4):
            queue.enqueue("program.work", f"job {number}")
        done = python(
            PREFACE
            + f"""
if __name__ == "__main__":
    import sys
    from redis import Redis
    from rq import Queue, Worker
    sys.path.insert(0, os.path.dirname(__file__))
    sys.modules["program"] = sys.modules["__main__"]
    connection = Redis(port={port})
    Worker([Queue("llm", connection=connection)], connection=connection).work(burst=True, logging_level="ERROR")
""",
            **QUIET,
        )
    assert done.returncode == 0, done.stderr
    assert _names(receiver) == Counter(f"job {number}" for number in range(4))


@pytest.mark.redis
def test_jobs_of_rq_that_switch_the_shim_on_lose_nothing(start: Run, receiver: Receiver, tmp_path: Path) -> None:
    """``rq worker`` loads their module in the child that runs one, so that `init` is called there and nowhere else."""
    (tmp_path / "jobs.py").write_text(PREFACE)
    port = free_port()
    with valkey_server(tmp_path, port), Redis(port=port) as redis:
        for number in range(4):
            Queue("llm", connection=redis).enqueue("jobs.work", f"job {number}")
        rq = Path(sys.executable).with_name("rq")
        done = start(
            str(rq), "worker", "--burst", "--url", f"redis://127.0.0.1:{port}", "llm", PYTHONPATH=str(tmp_path)
        )
    assert done.returncode == 0, done.stderr
    assert _names(receiver) == Counter(f"job {number}" for number in range(4))


def test_what_gevent_replaces_after_init_is_what_waits(python: Run, receiver: Receiver) -> None:
    """A green thread that waited in the queue of before would stop all others, for ever."""
    done = python(
        PREFACE
        + """
import queue
waits = []
class Green(queue.SimpleQueue):
    def get(self, *args, **kwargs):
        waits.append(self)
        return super().get(*args, **kwargs)
queue.SimpleQueue = Green
work("step")
print(spanmill.flush(), len(waits) > 0)
"""
    )
    assert (done.stdout, done.stderr) == ("True True\n", "")
    assert _names(receiver) == Counter(["step"])


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_collector_that_is_away_is_one_line(python: Run, protocol: str) -> None:
    """Not one for each try; it says how much was lost, by which reason, and what the exporter said."""
    done = python(
        PREFACE.replace('"family"', "exit_timeout_s=1.5")
        + "for number in range(1000): work('step')\nspanmill.shutdown()\nprint(spanmill.lost())\n",
        SPANMILL_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
    )
    assert (done.returncode, done.stdout) == (0, "{'process ended': 1000}\n")
    assert done.stderr.startswith("spanmill lost 1,000 (process ended) spans or scores. The exporter said: ")
    assert done.stderr.count("\n") == 1


def test_what_the_applications_own_exporter_says_is_not_touched(python: Run) -> None:
    """Its lines appear as before: only what ours says in our thread is held back."""
    done = python(
        PREFACE
        + f"""
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
own = OTLPSpanExporter(endpoint="http://127.0.0.1:{free_port()}/v1/traces", timeout=0.1)
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(own))
work("step")
"""
    )
    assert "Failed to export" in done.stderr, done.stderr


def test_short_lives_flush_by_themselves(python: Run, receiver: Receiver) -> None:
    """A function that is frozen after it has answered, as AWS Lambda does, flushes first; nothing comes twice."""
    done = python(PREFACE + "work('call 1')\nassert spanmill.flush()\nwork('call 2')\nassert spanmill.flush()\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert _names(receiver) == Counter(["call 1", "call 2"])


def test_the_exporters_own_calls_are_not_traced(python: Run, receiver: Receiver) -> None:
    """While it sends, instrumentations are told to look away."""
    done = python(
        PREFACE
        + """
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
sends, seen = OTLPSpanExporter.export, []
OTLPSpanExporter.export = lambda self, spans: seen.append(is_instrumentation_enabled()) or sends(self, spans)
work("step")
spanmill.flush()
print(seen, is_instrumentation_enabled())
"""
    )
    assert (done.stdout, done.stderr) == ("[False] True\n", "")
    assert len(receiver.spans) == 1
