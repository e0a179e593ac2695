"""What dialects send, as recorded and as written by hand: that the files are what their readers take them for."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from dialects.recorder.app import RECORDED, apps
from dialects.recorder.otlp_json import from_json, to_json
from support.source_tree import ROOT

HANDMADE: Final = RECORDED.with_name("handmade")
FILES: Final = sorted([*RECORDED.glob("*.json"), *HANDMADE.glob("*.json")])
VERSION: Final = re.compile(r"\d+(\.\d+)*((a|b|rc|-beta\.)\d+)?")

FORBIDDEN: Final = {
    "a port that was free": re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(?!4010\b|4318\b)\d+"),
    "a folder of a machine": re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|tmp|var|usr|opt|private)/"),
    "a recorder's folder": re.compile(r"\.recording\b|site-packages/dialects"),
    "a secret": re.compile(
        r"\b(?:sk|pk|rk)-(?!lf-fake)[\w-]{16,}|[Bb]earer [\w.-]{8,}|AKIA[A-Z0-9]{12,}|gh[ps]_\w{20,}"
    ),
}


def document(path: Path) -> dict[str, Any]:
    """What a file holds."""
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def spans(path: Path) -> Iterator[Span]:
    """The spans in a file."""
    request = from_json(document(path).get("traces", {}), ExportTraceServiceRequest)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    """Each file in turn."""
    given: Path = request.param
    return given


def test_is_otlp(path: Path) -> None:
    """Traces and logs are OTLP/JSON without a field that OTLP does not know, and say the same when written again."""
    given = document(path)
    assert set(given) <= {"library", "handmade", "traces", "logs"}
    for signal, kind in (("traces", ExportTraceServiceRequest), ("logs", ExportLogsServiceRequest)):
        if signal in given:
            read = from_json(given[signal], kind)
            assert read.ByteSize()
            assert from_json(to_json(read), kind) == read


def test_ids_are_well_formed(path: Path) -> None:
    """Ids have their length, no span is there twice, and no parent is a span of another trace."""
    found = list(spans(path))
    assert {len(span.trace_id) for span in found} <= {16}
    assert {len(span.span_id) for span in found} <= {8}
    assert {len(span.parent_span_id) for span in found} <= {0, 8}
    assert len({span.span_id for span in found}) == len(found)
    trace_of = {span.span_id: span.trace_id for span in found}
    assert [span.name for span in found if trace_of.get(span.parent_span_id, span.trace_id) != span.trace_id] == []


def test_times_are_fixed(path: Path) -> None:
    """Spans end after they began, and lie in the seconds after the instant that recordings begin at."""
    begin = 1767323045 * 10**9
    for span in spans(path):
        assert begin <= span.start_time_unix_nano <= span.end_time_unix_nano < begin + 60 * 10**9


def test_libraries_are_named(path: Path) -> None:
    """A recording names the exact versions of what was recorded, a file by hand why it is one."""
    given = document(path)
    if path.parent == HANDMADE:
        assert given["handmade"]
    else:
        assert given["library"]
        assert all(VERSION.fullmatch(version) for version in given["library"].values())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_is_clean(path: Path, what: str) -> None:
    """Nothing tells of the machine, and nothing is secret."""
    assert FORBIDDEN[what].findall(path.read_text("utf-8")) == []


def test_versions_are_those_of_the_app() -> None:
    """Every recording was made by the versions that its app pins now."""
    recorded = {path.stem: document(path)["library"] for path in RECORDED.glob("*.json")}
    assert recorded == {name: dict(app.versions) for name, app in apps().items()}


def test_list_names_the_recordings() -> None:
    """`--list` names exactly the recorded files."""
    command = [sys.executable, "-m", "dialects.recorder", "--list"]
    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(path.stem for path in RECORDED.glob("*.json"))


def test_read_me_names_the_recordings() -> None:
    """The page tells of every recording."""
    told = set(re.findall(r"`(\w+)`", RECORDED.with_name("README.md").read_text("utf-8")))
    assert set(apps()) - told == set()


def test_nothing_is_both() -> None:
    """What is recorded is not written by hand."""
    assert {path.stem for path in HANDMADE.glob("*.json")} & {path.stem for path in RECORDED.glob("*.json")} == set()
