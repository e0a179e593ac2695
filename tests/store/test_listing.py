"""Lists of traces: every trace that satisfies the filters, once, the newest first, and no more read than has to be."""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.listing import HOUR_NS, Filters, page
from spanmill_store.nearby import near
from spanmill_store.otlp.ingest import SignalIngest
from spanmill_store.trace_spans import skeleton
from spanmill_store.trace_spans import span as one_span
from support.plans import Reading, readings
from support.spans import START_NS, Plain, new_token, request, segment, span, trace_id

from .conftest import Send

pytestmark = pytest.mark.clickhouse

NOW_NS = START_NS + 30 * 24 * HOUR_NS
"""All spans lie in the month before."""

TRACES = 60
TEXTS = ("where is my parcel", "Wo ist mein Paket", "où est mon colis")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask at `NOW_NS`."""
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)


def trace(number: int, choose: random.Random) -> list[Span]:
    """A trace of one to three spans, up to some hours apart, that tell of user and model where they please."""
    begins_ms = choose.choice((1, 1, 100)) * choose.randrange(7 * 3600 * 1000)
    spans = []
    for at in range(choose.randint(1, 3)):
        attributes: dict[str, Plain] = {}
        if choose.random() < 0.5:
            attributes |= {"user.id": choose.choice(("ana", "bo")), "session.id": f"s{number % 7}"}
        if choose.random() < 0.5:
            asked = [{"role": "user", "content": choose.choice(TEXTS)}]
            model = choose.choice(("large", "small"))
            attributes |= {"gen_ai.request.model": model, "gen_ai.operation.name": "chat"}
            attributes["gen_ai.input.messages"] = json.dumps(asked)
        later_ms = choose.choice((0, 1, 2 * 3600 * 1000))
        spans.append(
            span(
                "work",
                trace=number,
                number=at + 1,
                parent=min(at, 1),
                # Back from now, so that the shortest stretches have most of them.
                offset_ms=30 * 24 * 3600 * 1000 - begins_ms - 10 + at * later_ms,
                attributes=attributes,
                is_error=choose.random() < 0.2,
            )
        )
    return spans


@pytest.fixture
def filled(store: Store, ingest: SignalIngest) -> Iterator[Store]:
    """A store with `TRACES` traces, whose spans come in three requests in any order, and stay in parts."""
    store.execute("SYSTEM STOP MERGES trace_parts")
    choose = random.Random(4)
    spans = [one for number in range(1, TRACES + 1) for one in trace(number, choose)]
    choose.shuffle(spans)
    for part in range(3):
        ingest.insert([segment(request(spans[part::3]))], new_token())
    yield store
    store.execute("SYSTEM START MERGES trace_parts")


def pages(store: Store, filters: Filters, limit: int) -> Iterator[dict[str, Any]]:
    """Everything, page after page."""
    place = None
    while True:
        found = page(store, filters=filters, after=place, limit=limit)
        assert len(found.rows) <= limit
        yield from found.rows
        if found.next is None:
            return
        place = found.next


def satisfying(store: Store, filters: Filters) -> set[str]:
    """The ids of the traces that satisfy *filters*, from all traces there are."""
    rows = store.select(
        "SELECT TraceId, UserId, SessionId, ErrorCount, Models, Input, Output, ServiceName, Environment FROM traces"
    )
    return {
        row["TraceId"]
        for row in rows
        if (not filters.user or row["UserId"] == filters.user)
        and (not filters.session or row["SessionId"] == filters.session)
        and (not filters.name or filters.name in row["Models"])
        and (not filters.service or row["ServiceName"] == filters.service)
        and (not filters.environment or row["Environment"] == filters.environment)
        and (not filters.failed or row["ErrorCount"])
    }


FILTERS = st.builds(
    Filters,
    user=st.sampled_from(["", "", "ana", "bo", "nobody"]),
    session=st.sampled_from(["", "", "s1", "s2"]),
    name=st.sampled_from(["", "", "large", "none"]),
    service=st.sampled_from(["", "tests", "none"]),
    environment=st.sampled_from(["", "", "none"]),
    failed=st.booleans(),
)


@given(filters=FILTERS, limit=st.sampled_from([1, 3, 10, 200]))
@example(filters=Filters(service="tests", failed=True), limit=3)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_trace_is_listed_once(filled: Store, filters: Filters, limit: int) -> None:
    """Whatever the filters, the size of a page, and when its parts came."""
    listed = [row["TraceId"] for row in pages(filled, filters, limit)]
    assert len(listed) == len(set(listed))
    assert set(listed) == satisfying(filled, filters)


def test_the_newest_come_first(send: Send, store: Store) -> None:
    """In the order of their beginning, the lowest id first among equals, over all stretches."""
    hours = (2, 30 * 24 - 1, 500, 500, 30 * 24 - 20, 700)
    send([span(trace=number, offset_ms=hour * 3600 * 1000) for number, hour in enumerate(hours, 1)])
    rows = list(pages(store, Filters(), 2))
    assert [row["TraceId"] for row in rows] == [trace_id(number) for number in (2, 5, 6, 3, 4, 1)]
    assert page(store, since_ns=NOW_NS - 22 * HOUR_NS).rows == rows[:3]


def test_text_is_found_in_any_case(send: Send, store: Store) -> None:
    """In what was asked or in what was answered, as it stands: a percent sign is one."""
    for number, text in enumerate((*TEXTS, "100 % sure", "100 times sure"), 1):
        key = "gen_ai.input.messages" if number != 2 else "gen_ai.output.messages"
        content = json.dumps([{"role": "user" if number != 2 else "assistant", "content": text}])
        send([span(trace=number, attributes={"gen_ai.operation.name": "chat", key: content})])

    def found(text: str, *, in_output: bool = False) -> list[str]:
        return [row["TraceId"] for row in page(store, filters=Filters(text=text, in_output=in_output)).rows]

    assert found("PARCEL") == [trace_id(1)]
    assert found("OÙ EST") == [trace_id(3)]
    assert (found("wo ist"), found("wo ist", in_output=True)) == ([], [trace_id(2)])
    assert found("100 %") == [trace_id(4)]


def test_calls_of_our_judges_are_listed_where_asked_for(send: Send, store: Store) -> None:
    """They are nobody's traffic."""
    send([span("theirs", trace=1), span("ours", trace=2, attributes={"spanmill.source": "judge"})])
    assert [row["TraceId"] for row in page(store).rows] == [trace_id(1)]
    assert [row["TraceId"] for row in page(store, filters=Filters(source="judge")).rows] == [trace_id(2)]


def test_other_projects_do_not_exist(filled: Store) -> None:
    """A list is of one project, and so is a trace."""
    assert page(filled, "other").rows == []
    assert skeleton(filled, trace_id(1), "other") == []
    assert one_span(filled, trace_id(1), span(number=1).span_id.hex(), "other") is None


def test_a_trace_opens_without_content_and_a_span_with_it(filled: Store) -> None:
    """Every span of a trace once, in order, also where one came twice; one span with all that was said."""
    [whole] = filled.select(
        "SELECT TraceId FROM otel_traces WHERE Input != '' GROUP BY TraceId ORDER BY TraceId LIMIT 1"
    )
    rows = skeleton(filled, whole["TraceId"])
    times = [row["Timestamp"] for row in rows]
    assert times == sorted(times)
    [counted] = filled.select("SELECT SpanCount FROM traces WHERE TraceId = {id:String}", {"id": whole["TraceId"]})
    assert len(rows) == len({row["SpanId"] for row in rows}) == counted["SpanCount"]
    contents = [one_span(filled, whole["TraceId"], row["SpanId"]) for row in rows]
    assert any(content and content["InputText"] in TEXTS for content in contents)
    assert one_span(filled, whole["TraceId"], "none") is None


def test_a_trace_that_rests_for_days_is_listed_once(send: Send, store: Store) -> None:
    """By its latest part, and with what it did in the days around that."""
    day_ms = 24 * 3600 * 1000
    send(
        [span(trace=1), span(trace=1, number=2, parent=1, offset_ms=20 * day_ms), span(trace=2, offset_ms=10 * day_ms)]
    )
    rows = list(pages(store, Filters(), 1))
    assert [row["TraceId"] for row in rows] == [trace_id(1), trace_id(2)]
    assert [row["SpanCount"] for row in rows] == [1, 1]


def test_the_lines_of_a_list_are_looked_for_in_their_days(filled: Store) -> None:
    """Not in all that are kept: what lies more than two days before and after is not read."""
    values: dict[str, Any] = {"project": "default", "trace_ids": [trace_id(7)], "excerpt_chars": 9, "max_spans": 9}
    values |= {"text": "", "in_output": False}
    noon = datetime.fromtimestamp(NOW_NS / 1e9, UTC)
    for query in ("traces/lines", "traces/rows"):
        [reading] = readings(filled, queries.text(query), values, settings=near(filled.database, noon, noon))
        assert reading.parts[1] < reading.parts[0]
        assert reading.uses("Day")


CONTENT = {"SpanAttributes", "Input", "Output", "Spans", "Events.Attributes", "ResourceAttributes"}


def plan(store: Store, query: str, /, **values: Any) -> list[Reading]:
    """What the named query would read."""
    return readings(store, queries.text(query), values)


def test_a_list_reads_an_hour_and_no_content(filled: Store) -> None:
    """The first stretch is found by the sorting key, days by the partition, and spans are not touched."""
    filters = dict.fromkeys(asdict(Filters()), "") | {"failed": False, "in_output": False}
    time_ns = {"since_ns": NOW_NS - HOUR_NS, "before_ns": NOW_NS}
    for chosen in ({}, {"user": "ana"}, {"name": "large"}, {"service": "tests"}, {"failed": True}, {"session": "s1"}):
        values = {"project": "default", "after_id": "~", "limit": 50, **time_ns, **filters, **chosen}
        [reading] = plan(filled, "traces/newest", **values)
        assert reading.table == "trace_parts"
        assert reading.uses("Day")
        assert reading.uses("Hour")
        assert not CONTENT & {column.partition(".")[0] for column in reading.columns} - {"Spans"}
        assert reading.parts[1] < reading.parts[0], "a day has nothing to do with it"


@pytest.mark.parametrize(
    ("chosen", "index"),
    [
        ({"user": "nobody"}, "idx_user_id"),
        ({"session": "none"}, "idx_session_id"),
    ],
)
def test_what_is_rare_is_found_by_an_index(filled: Store, chosen: dict[str, str], index: str) -> None:
    """Nothing is read where an index says that there is nothing."""
    filters = asdict(Filters()) | chosen
    values = {"project": "default", "after_id": "~", "limit": 50, "since_ns": 0, "before_ns": NOW_NS}
    [reading] = plan(filled, "traces/newest", **values, **filters)
    assert index in [one.name for one in reading.indexes]
    assert reading.indexes[-1].granules[1] == 0


@pytest.mark.parametrize("chosen", [{"name": "find"}, {"name": "large"}, {"failed": True}, {"service": "shop"}])
def test_what_a_later_span_of_an_insert_did_is_found(send: Send, store: Store, chosen: dict[str, Any]) -> None:
    """ClickHouse brings the rows of a trace together while it inserts them; no index may know the first alone."""
    store.execute("SYSTEM STOP MERGES trace_parts")
    at_ms = 30 * 24 * 3600 * 1000 - 1000
    call: dict[str, Plain] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "large"}
    tool: dict[str, Plain] = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"}
    spans = []
    for number in range(1, 600):
        spans += [
            span("root", trace=number, offset_ms=at_ms),
            span("chat", trace=number, number=2, parent=1, offset_ms=at_ms, attributes=call),
            span("tool", trace=number, number=3, parent=1, offset_ms=at_ms, attributes=tool, is_error=True),
        ]
    send(spans, {"service.name": "shop"})
    assert len(page(store, filters=Filters(**chosen), limit=40).rows) == 40
    store.execute("SYSTEM START MERGES trace_parts")


def test_a_trace_is_opened_by_its_time(filled: Store) -> None:
    """Its day and its granules are found without reading spans of other days, and no content is read."""
    [reading] = plan(filled, "traces/skeleton", project="default", trace_id=trace_id(7))
    assert reading.table == "otel_traces"
    assert reading.uses("Timestamp")
    assert reading.parts[1] < reading.parts[0]
    assert not CONTENT & reading.columns
