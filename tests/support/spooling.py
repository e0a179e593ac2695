"""Applications with a spool, a collector that comes and goes, and what lies in the folder."""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from support import spooling_app
from support.otlp_receiver import Receiver, otlp_receiver
from support.processes import clean_environment, free_port

QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100"}
"""Who has nothing to send looks into the spool ten times a second."""


class Job:
    """A running application, see `spooling_app`."""

    def __init__(self, child: "subprocess.Popen[str]", log: Path) -> None:
        self.child = child
        self.log = log

    def tell(self, line: str) -> None:
        """Give it something to do."""
        assert self.child.stdin is not None
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def answer(self) -> tuple[Any, dict[str, int]]:
        """What it returned, and what was lost so far."""
        assert self.child.stdout is not None
        returned, lost = json.loads(self.child.stdout.readline())
        return returned, lost

    def ask(self, line: str) -> tuple[Any, dict[str, int]]:
        """Give it something to do, and wait."""
        self.tell(line)
        return self.answer()

    def end(self) -> str:
        """Let it end by itself; what it has logged."""
        assert self.child.stdin is not None
        self.child.stdin.close()
        assert self.child.wait(60) == 0
        return self.log.read_text()


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a collector is now and then, and a folder.

    Attributes:
        protocol: How it is spoken to.
        folder: The spool, which nobody has made yet.
        ports: gRPC, HTTP.
    """

    protocol: str
    folder: Path
    ports: tuple[int, int]

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a job that has this spool and looks for the collector here."""
        port = self.ports[0 if self.protocol == "grpc" else 1]
        return {
            "SPANMILL_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": self.protocol,
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*",
            "SPANMILL_SPOOL_DIR": str(self.folder),
            "PYTHONWARNINGS": "ignore::DeprecationWarning",  # newer Pythons warn of every fork beside threads
        } | QUICK

    @contextlib.contextmanager
    def collector(self) -> Iterator[Receiver]:
        """One that is here while the block runs."""
        with otlp_receiver(*self.ports) as running:
            yield running

    @contextlib.contextmanager
    def job(self, variables: Mapping[str, str] | None = None, exit_timeout_s: float = 20) -> Iterator[Job]:
        """Run one; it is killed where it has not ended by the end of the block."""
        log = self.folder.with_suffix(f".{free_port()}.log")
        command = [sys.executable, spooling_app.__file__, json.dumps({"exit_timeout_s": exit_timeout_s})]
        with log.open("wb") as said:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env=clean_environment(**(self.variables | dict(variables or {}))),
            )
        with child:
            try:
                yield Job(child, log)
            finally:
                child.kill()

    def files(self) -> list[Path]:
        """What is there, the oldest first."""
        return sorted(self.folder.iterdir()) if self.folder.exists() else []

    def spans(self) -> Counter[str]:
        """The names of the spans in the folder."""
        requests = [ExportTraceServiceRequest.FromString(path.read_bytes()) for path in self.files_of("traces")]
        return Counter(
            span.name
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        )

    def scores(self) -> int:
        """How many scores are in the folder."""
        requests = [ExportLogsServiceRequest.FromString(path.read_bytes()) for path in self.files_of("logs")]
        scopes = [scope for request in requests for logs in request.resource_logs for scope in logs.scope_logs]
        return sum(len(scope.log_records) for scope in scopes)

    def files_of(self, signal: str) -> list[Path]:
        """Those of one signal."""
        return [path for path in self.files() if path.suffix == f".{signal}"]


def steps(begin: int, end: int) -> Counter[str]:
    """The names of these spans, each once."""
    return Counter(f"step {number}" for number in range(begin, end))


def names(receiver: Receiver) -> Counter[str]:
    """Of the spans that have arrived."""
    return Counter(span.name for span in receiver.spans)
