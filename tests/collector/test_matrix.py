"""
Every way in, every encoding and everything that can be the matter: what the client is told, and what is stored.

The codes are those of the OTLP specification 1.11: of HTTP's, clients repeat 429, 502, 503 and 504; of gRPC's, the ones
for which a retry hint is given here. Errors are a ``google.rpc.Status`` in the content type that the client speaks.
"""

import contextlib
import itertools
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanmill_collector.options import MIB, Options
from spanmill_store.keys import UsableKey, hashed
from support.clients import Place, as_json, send_grpc, send_http
from support.collectors import CollectorProcess, collector_process, running_collector
from support.otlp import trace_request
from support.processes import free_port, wait_until
from support.sinks import MemorySink

KEY: Final = "sm_0123456789ab_good-secret"
READER: Final = "sm_ba9876543210_reading-secret"
KEYS: Final = (
    UsableKey("0123456789ab", "acme", ("ingest",), hashed(KEY)),
    UsableKey("ba9876543210", "acme", ("read",), hashed(READER)),
)
LIMIT_BYTES: Final = MIB
TRANSPORTS: Final = ("grpc", "http-protobuf", "http-json")
ENCODINGS: Final = ("identity", "gzip")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One thing that can be the matter.

    Attributes:
        place: Name of the place where it holds.
        http, grpc: The code that is expected over each; None where it cannot occur there.
        stores: Whether what was sent is stored.
        comes_again: Whether the client is asked to come again.
        says: A part of the sentence.
        key: The key that is sent.
    """

    http: int | None
    grpc: grpc.StatusCode | None
    place: str = "open"
    stores: bool = False
    comes_again: bool = False
    says: str = ""
    key: str | None = None


Code = grpc.StatusCode
CONDITIONS: Final = {
    "fine": Condition(200, Code.OK, stores=True),
    "empty": Condition(200, Code.OK),
    "partial": Condition(200, Code.OK, stores=True),
    "nothing usable": Condition(400, Code.INVALID_ARGUMENT, says="None of the 1 spans has usable ids"),
    "undecodable": Condition(400, Code.INVALID_ARGUMENT, says="body is not"),
    "oversize raw": Condition(413, Code.RESOURCE_EXHAUSTED),
    "bomb": Condition(413, Code.RESOURCE_EXHAUSTED),
    "cut off": Condition(400, None),
    "wrong encoding": Condition(415, Code.UNIMPLEMENTED),
    "wrong type": Condition(415, None, says="is not OTLP"),
    "wrong method": Condition(405, Code.UNIMPLEMENTED),
    "wrong path": Condition(404, Code.UNIMPLEMENTED),
    "good key": Condition(200, Code.OK, place="locked", key=KEY, stores=True),
    "no key": Condition(401, Code.UNAUTHENTICATED, place="locked", says="needs a key"),
    "wrong key": Condition(401, Code.UNAUTHENTICATED, place="locked", key=KEY + "x", says="not valid"),
    "wrong key on loopback": Condition(401, Code.UNAUTHENTICATED, key="nobody's", says="not valid"),
    "key without the right": Condition(403, Code.PERMISSION_DENIED, place="locked", key=READER, says="permits read"),
    "overload": Condition(503, Code.UNAVAILABLE, place="crowded", comes_again=True, says="Too many requests"),
    "log full": Condition(503, Code.UNAVAILABLE, place="full", comes_again=True, says="does not keep up"),
    "disk full": Condition(503, Code.UNAVAILABLE, place="no disk", comes_again=True, says="cannot be written"),
    "store down": Condition(200, Code.OK, place="no store"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """Gives the place of a name, made when it is first asked for."""
    with contextlib.ExitStack() as running:
        made: dict[str, Place] = {}

        def place(name: str) -> Place:
            if name not in made:
                made[name] = running.enter_context(_PLACES[name](tmp_path_factory.mktemp("matrix")))
            return made[name]

        yield place


def _collector(**changes: object) -> Callable[[Path], "contextlib.AbstractContextManager[Place]"]:
    @contextlib.contextmanager
    def start(folder: Path) -> Iterator[Place]:
        sink = MemorySink(KEYS)
        options = Options(
            folder,
            "http://127.0.0.1:1/unused",
            grpc_port=free_port(),
            http_port=free_port(),
            request_max_bytes=LIMIT_BYTES,
            segment_max_age_s=0.01,
            drain_timeout_s=0.5,
        )
        with running_collector(replace(options, **changes), sink) as collector:  # type: ignore[arg-type]  # fields by name
            yield Place(collector.grpc_target, collector.http_url, sink.numbers)

    return start


@contextlib.contextmanager
def _without_store(folder: Path) -> Iterator[Place]:
    with collector_process(folder, "http://127.0.0.1:1/none") as process:
        yield _place_of(process)


@contextlib.contextmanager
def _full_log(folder: Path) -> Iterator[Place]:
    with collector_process(folder, "http://127.0.0.1:1/none", "--wal-max-mib", "1") as process:
        place = _place_of(process)
        for size in (200_000, 10_000, 500, 1):
            while send_grpc(place, "identity", body("grpc", "fine", text="a" * size)).code == 0:
                pass
        yield place


@contextlib.contextmanager
def _without_disk(folder: Path) -> Iterator[Place]:
    with collector_process(folder, "http://127.0.0.1:1/none") as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
        yield _place_of(process)


def _place_of(process: CollectorProcess) -> Place:
    return Place(process.grpc_target, process.http_url, list)


_PLACES: Final = {
    "open": _collector(),
    "locked": _collector(host="0.0.0.0"),
    "crowded": _collector(in_flight_max_bytes=10),
    "full": _full_log,
    "no disk": _without_disk,
    "no store": _without_store,
}


def body(transport: str, condition: str, *, number: int = 1, text: str = "hello") -> bytes:
    """The body that *condition* is about, before it is encoded."""
    if condition == "undecodable":
        return b"junk"
    if condition in ("oversize raw", "bomb"):
        text = "a" * 2 * LIMIT_BYTES
    request = trace_request([number], text=text)
    if condition == "empty":
        request = ExportTraceServiceRequest()
    elif condition == "partial":
        request.resource_spans[0].scope_spans[0].spans.add(trace_id=b"\x01" * 3, span_id=b"\x01" * 8)
    elif condition == "nothing usable":
        request.resource_spans[0].scope_spans[0].spans[0].trace_id = bytes(16)
    return as_json(request) if transport == "http-json" else request.SerializeToString()


def _cases() -> Iterator[tuple[str, str, str]]:
    """Everything but what cannot occur: a condition without a code for the transport."""
    for transport, encoding, condition in itertools.product(TRANSPORTS, ENCODINGS, CONDITIONS):
        expected = CONDITIONS[condition]
        if (expected.grpc if transport == "grpc" else expected.http) is not None:
            yield transport, encoding, condition


@pytest.mark.parametrize(("transport", "encoding", "condition"), list(_cases()))
def test_matrix(transport: str, encoding: str, condition: str, places: Callable[[str], Place]) -> None:
    """The code, the sentence, the hint to come again, and the store are as they must be."""
    expected = CONDITIONS[condition]
    code = expected.grpc.value[0] if transport == "grpc" and expected.grpc else expected.http
    place = places(expected.place)
    number = next(_numbers)
    content = body(transport, condition, number=number)
    if transport == "grpc":
        told = send_grpc(place, encoding, content, condition, expected.key)
    else:
        told = send_http(place, transport, encoding, content, condition, expected.key)
    assert told.code == code, told.status
    assert (told.hint_s is not None) == expected.comes_again
    assert told.hint_s is None or 1 <= told.hint_s <= 3
    if told.status is not None:
        assert expected.says in told.status.message
    if told.response is not None:
        assert told.response.partial_success.rejected_spans == (1 if condition == "partial" else 0)
        assert told.response.HasField("partial_success") == (condition == "partial")
    if expected.stores:
        wait_until(lambda: number in place.numbers(), "the span", 10)
    assert expected.stores or number not in place.numbers()
