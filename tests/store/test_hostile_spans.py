"""Whatever a span holds, it is stored or refused with a reason, and nobody else notices: through the real collector."""

import base64
import json
import math
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from spanmill_store import keys, listing, mapping_gaps, targets, usage
from spanmill_store.client import Store
from spanmill_store.packing import pack
from support import hostile_spans as hostile
from support.collectors import collector_process
from support.databases import Databases
from support.hostile_spans import nested_value
from support.hostile_world import DEEP_TRACE, LARGE, RAW, SMALL, Hostile, send_all
from support.processes import wait_until
from support.spans import START_NS, span_id, trace_id

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def sent(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """All of them, sent among others of their own project and of another one."""
    url = databases.migrated_url()
    with Store.connect(url) as store:
        made = {name: keys.create(store, project=name, name=name, scopes=["ingest"]) for name in ("hostile", "other")}
        with collector_process(tmp_path_factory.mktemp("hostile"), url) as collector:
            world = Hostile(store, collector, made)
            wait_until(world.knows_keys, "the collector to know the keys")
            send_all(world)
            yield world
    databases.give_back(url)


def text_of(value: AnyValue) -> str | None:
    """How a reader sees *value*; None for what has several spellings."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return str(value.string_value)
    return str(value.int_value) if kind == "int_value" else None


def test_nothing_is_dead_lettered(sent: Hostile) -> None:
    """All were stored the first time."""
    assert list((sent.collector.data_dir / "dead-letter").rglob("*.request")) == []
    assert "dead" not in sent.collector.log.read_text()


def test_neighbours_are_stored_and_found(sent: Hostile) -> None:
    """In their own project and in another one, by every way that there is to ask."""
    counted = "SELECT Project, count() AS n, sum(InputTokens) AS tokens, sum(CostUsd) AS cost"
    for table, column in (("spans", "SpanName"), ("traces", "RootName")):
        rows = sent.select(f"{counted} FROM {table} WHERE {column} = 'good' GROUP BY Project ORDER BY Project")
        assert [tuple(row.values()) for row in rows] == [("hostile", 5, 35, 2.5), ("other", 3, 21, 1.5)]
    rows = sent.select("SELECT Project, TraceCount AS n FROM sessions WHERE SessionId = 'good' ORDER BY Project")
    assert [row["n"] for row in rows] == [5, 3]
    page = listing.page(sent.store, "other", listing.Filters(user="ana"))
    assert [row["RootName"] for row in page.rows] == ["good"] * 3
    assert len(listing.page(sent.store, "hostile", limit=200).rows) > 50


def test_they_are_stored_as_they_were_sent(sent: Hostile) -> None:
    """Every attribute is read back to the byte, and the trace is there."""
    rows = sent.select(
        "SELECT TraceId, SpanId, mapKeys(SpanAttributes) AS k, mapValues(SpanAttributes) AS v FROM spans"
    )
    stored = {(row["TraceId"], row["SpanId"]): (row["k"], row["v"]) for row in rows}
    traces = {row["TraceId"] for row in sent.select("SELECT TraceId FROM traces")}
    for one in (*SMALL, *LARGE):
        assert one.trace_id.hex() in traces, one.name[:40]
        names, texts = stored[one.trace_id.hex(), one.span_id.hex()]
        assert names == [pair.key for pair in one.attributes], one.name[:40]
        for text, pair in zip(texts, one.attributes, strict=True):
            expected = text_of(pair.value)
            assert expected is None or text == expected, (one.name[:40], pair.key)


def test_what_is_no_number_is_unknown(sent: Hostile) -> None:
    """No count, no cost, and no sum that it spoils."""
    unknown = ("InputTokens", "OutputTokens", "CachedTokens", "CostUsd")
    rows = sent.select(f"SELECT SpanName, {', '.join(unknown)} FROM spans WHERE startsWith(SpanName, 'number ')")
    assert len(rows) == len(hostile.NUMBERS)
    assert [row for row in rows if any(row[name] is not None for name in unknown)] == []
    usage.fold(sent.store)
    [row] = sent.select("SELECT sum(InputTokens) AS tokens, sum(CostUsd) AS cost FROM usage WHERE SpanType = 'llm'")
    calls_in_deep_trace = 15_000  # The others are above those.
    assert row["tokens"] == 7 * 8 + len(hostile.TIMES) + 3 * calls_in_deep_trace + 3 + 2 * 3 + 1
    assert math.isclose(row["cost"], 4.0)
    [row] = sent.select("SELECT sum(InputTokens) AS tokens, sum(Calls) AS calls FROM user_usage WHERE UserId = 'ana'")
    assert (row["tokens"], row["calls"]) == (7 * 8, 8)


def test_times_out_of_range_are_the_last_one(sent: Hostile) -> None:
    """From 1970 to 2105 a time is what it was; a later one would begin anew in 1677, or in a day of today."""
    rows = sent.select("SELECT SpanName, toUnixTimestamp64Nano(Timestamp) AS ns, Duration FROM spans")
    found = {row["SpanName"].removeprefix("time "): (row["ns"], row["Duration"]) for row in rows}
    last = int(datetime(2106, 1, 1, tzinfo=UTC).timestamp()) * 10**9 - 1
    for name, (start, end) in hostile.TIMES.items():
        assert found[name] == (min(start, last), max(0, end - start)), name
    for name in ("0", "2100", "beyond 2262", "for ever"):
        [row] = sent.select(
            "SELECT StartTime <= EndTime AS right FROM traces WHERE RootName = {n:String}", n=f"time {name}"
        )
        assert row["right"]


def test_repeated_keys(sent: Hostile) -> None:
    """All values are kept in order. By its key the first is found, as in a canonical column."""
    sql = "SELECT SpanAttributes['x'] AS x, Input, UserId FROM spans WHERE SpanName = 'repeated keys'"
    assert sent.select(sql) == [{"x": "second", "Input": "second", "UserId": "second"}]


def test_numbered_attributes(sent: Hostile) -> None:
    """Messages are those whose numbers are numbers, in order, at most a thousand of them."""
    [row] = sent.select("SELECT Input, InputText FROM spans WHERE SpanName = 'indexes'")
    texts = [message["parts"][0]["content"] for message in json.loads(row["Input"])]
    assert texts == ["at 0", "at 007", "at 999999999", "at 18446744073709551615"]
    [row] = sent.select("SELECT Input FROM traces WHERE RootName = 'indexes'")
    assert row["Input"] == "at 999999999"
    [many] = sent.select("SELECT Input FROM spans WHERE SpanName = '100 000 indexes'")
    texts = [message["parts"][0]["content"] for message in json.loads(many["Input"])]
    assert texts == [f"m{number}" for number in range(1000)]


def test_long_lists_of_messages(sent: Hostile) -> None:
    """They are read, and their text is found."""
    sql = "SELECT InputText, length(OutputText) AS answered FROM spans WHERE SpanName = {name:String}"
    [asked] = sent.select(sql, name="5 MB messages")
    assert asked["InputText"] == "m89999"
    [said] = sent.select(sql, name="100 000 answers")
    assert said["answered"] == len("\n".join(f"m{number}" for number in range(100_000)))


def test_values_that_protobuf_does_not_read(sent: Hostile) -> None:
    """What is nested too deep stays as its bytes, broken text is repaired; a good neighbour's value is understood."""
    deep, deeper, text, nested, structure = (sent.attributes(4000 + number) for number in range(len(RAW)))
    for levels, [(_, value)] in ((100, deep), (10_000, deeper)):
        [undecoded] = json.loads(value)
        assert base64.b64decode(undecoded["otlp.array_value"]) in nested_value(levels)
    assert text == [("t\ufffd(", "cut \ufffd")]
    assert nested == [("nested", json.dumps(["\ufffd"], ensure_ascii=False))]
    assert structure == [("structure", '[{"role":"user","content":"hi"}]')]


def test_a_trace_of_thirty_thousand_spans_opens(sent: Hostile) -> None:
    """Usage is counted once in it, and neither memory nor time grow with the square of its spans."""
    began = time.monotonic()
    [row] = sent.select(
        "SELECT SpanCount, InputTokens FROM traces WHERE TraceId = {id:String}", id=trace_id(DEEP_TRACE)
    )
    assert row == {"SpanCount": 30_000, "InputTokens": 45_000}
    skeleton = sent.store.rows("traces/skeleton", project="hostile", trace_id=trace_id(DEEP_TRACE))
    assert len(skeleton) == 30_000
    assert time.monotonic() - began < 5


def test_spans_that_are_their_own_ancestors(sent: Hostile) -> None:
    """A circle of parents ends, and what is used in it counts."""
    names = ["cycle", "own parent"]
    rows = sent.select(
        "SELECT InputTokens, SpanCount FROM traces"
        " WHERE TraceId IN (SELECT TraceId FROM spans WHERE SpanName IN {names:Array(String)}) ORDER BY SpanCount",
        names=names,
    )
    assert [tuple(row.values()) for row in rows] == [(3, 1), (6, 2)]


def test_the_lint_and_scorers_still_work(sent: Hostile) -> None:
    """`spanmill doctor --mapping` reads all attributes; scorers read whole traces."""
    within_s = int(time.time()) - START_NS // 10**9 + 86_400
    assert any(gap.project == "hostile" for gap in mapping_gaps.gaps(sent.store, within_s))
    ids = [targets.TargetId("hostile", row["TraceId"]) for row in sent.select(
        "SELECT TraceId FROM traces WHERE Project = 'hostile' AND SpanCount < 10"
    )]  # fmt: skip
    found = targets.traces(sent.store, ids)
    assert set(found) == set(ids)
    good = targets.TargetId("other", trace_id(1), span_id(1))
    assert targets.spans(sent.store, [good])[good].name == "good"


def test_packing_changes_nothing_for_readers(sent: Hostile) -> None:
    """Hashes of all that they hold, before and after."""
    as_read = "SELECT TraceId, SpanId, cityHash64(toString(SpanAttributes), Input, Output) AS h FROM spans ORDER BY ALL"
    before = sent.select(as_read)
    assert len(pack(sent.store, before=date(2106, 1, 2))) > 3
    assert sent.select(as_read) == before


def test_hostile_json(sent: Hostile) -> None:
    """OTLP/JSON goes the same way: what is no character is replaced, what is no JSON is refused with a reason."""
    built = {"traceId": "cd" * 16, "spanId": "ab" * 8, "name": "json", "attributes": [
        {"key": "__proto__", "value": {"stringValue": "SURROGATE"}},
        {"key": "constructor", "value": {"doubleValue": "NaN"}},
        {"key": "deep", "value": "DEEP"},
    ]}  # fmt: skip
    text = json.dumps({"__proto__": {"a": 1}, "resourceSpans": [{"scopeSpans": [{"spans": [built]}]}]})
    deep = '{"arrayValue":{"values":[' * 200 + "]}}" * 200
    assert sent.post(text.replace("SURROGATE", "\\ud83d").replace('"DEEP"', deep)).status_code == 200
    where = "FROM spans WHERE SpanName = 'json'"
    wait_until(lambda: sent.select(f"SELECT count() AS n {where}")[0]["n"] == 1, "the span from JSON")
    [row] = sent.select(f"SELECT SpanAttributes {where}")
    assert row["SpanAttributes"] | {"deep": ""} == {"__proto__": "\ufffd", "constructor": "nan", "deep": ""}
    refused = sent.post(text.replace('"DEEP"', "{" * 100))
    assert (refused.status_code, "not JSON" in refused.json()["message"]) == (400, True)
