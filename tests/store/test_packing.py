"""Messages that agents send again and again are kept once, and nobody who reads notices."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanmill.cli import main
from spanmill_store import queries, reading
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.mapping import packed
from spanmill_store.packing import Packed, pack
from spanmill_store.remap import _rebuild_traces
from support.spans import START_NS, Plain, key_values, span

from .conftest import Send

pytestmark = pytest.mark.clickhouse

TURNS = 6
DAY = datetime.fromtimestamp(START_NS / 1e9, UTC).date()
AFTER = DAY + timedelta(days=1)
MESSAGES = "SpanAttributes['gen_ai.input.messages']"
AS_SENT = "SELECT SpanId, SpanAttributes, Input, InputText, SystemPrompt FROM spans ORDER BY TraceId, SpanId"


def said(role: str, text: str, words: int = 60) -> dict[str, Any]:
    """A message with enough in it to be kept once."""
    return {"role": role, "parts": [{"type": "text", "content": f"{text} 'so' \"to\\say\" " + "word " * words}]}


def conversation(words: int = 60) -> list[Mapping[str, Plain]]:
    """Attributes of the turns of an agent that sends its whole history."""
    history: list[dict[str, Any]] = []
    turns: list[Mapping[str, Plain]] = []
    for turn in range(TURNS):
        history.append(said("user", f"question {turn}", words))
        turns.append(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "m",
                "gen_ai.input.messages": json.dumps(history),
                "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be kind " * words}]),
                "note": "not content " * words,
            }
        )
        history.append(said("assistant", f"answer {turn}", words))
    return turns


@pytest.fixture
def talked(send: Send, store: Store) -> Store:
    """A store with such a conversation."""
    send([span(f"t{turn}", number=turn, attributes=given) for turn, given in enumerate(conversation())])
    return store


def test_a_packed_day_reads_as_it_was_sent(talked: Store) -> None:
    """Attributes, content and text are the same; only what is stored is smaller."""
    before, bytes_before = talked.select(AS_SENT), stored_bytes(talked)
    [done] = pack(talked, before=AFTER)
    assert (done.day, done.spans, done.is_packed) == (DAY, TURNS, True)
    assert done.repeated_bytes > done.content_bytes / 2
    assert talked.select(AS_SENT) == before
    assert stored_bytes(talked) < bytes_before * 0.6
    [kept] = talked.select("SELECT count() AS n, uniqExact(Content) AS different FROM messages FINAL")
    # Those of the first three turns, the question of the fourth, and the instructions.
    assert kept["n"] == kept["different"] == 8


def stored_bytes(store: Store) -> int:
    """Length of all that is stored of the attributes, and of the messages."""
    [spans] = store.select("SELECT sum(length(toString(SpanAttributes))) AS n FROM otel_traces")
    [messages] = store.select("SELECT sum(length(Content)) AS n FROM messages")
    return int(spans["n"]) + int(messages["n"])


def test_a_day_is_packed_once(talked: Store) -> None:
    """What was looked at is not looked at again, and packing again by hand changes nothing."""
    assert len(pack(talked, before=AFTER)) == 1
    assert pack(talked, before=AFTER) == []
    stored = "SELECT SpanId, SpanAttributes, PackedKeys FROM otel_traces ORDER BY SpanId"
    once = talked.select(stored)
    for query in ("packing/keep", "packing/pack"):
        talked.run(query, day=DAY)
    assert talked.select(stored) == once


def test_a_day_that_is_not_over_is_left_alone(talked: Store) -> None:
    """By itself, packing waits for a day to end, and another one to pass."""
    assert pack(talked, before=DAY) == []
    assert [done.day for done in pack(talked)] == [DAY]


def test_who_is_killed_is_repeated(talked: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every step, what is read is right, and the next call finishes."""
    before = talked.select(AS_SENT)
    run = Store.run
    steps = ["packing/keep", "packing/pack", "packing/enter_day"]
    for killed_at in steps:

        def dies(self: Store, name: str, killed_at: str = killed_at, **params: Any) -> None:
            if name == killed_at:
                raise KeyboardInterrupt
            run(self, name, **params)

        monkeypatch.setattr(Store, "run", dies)
        with pytest.raises(KeyboardInterrupt):
            pack(talked, before=AFTER)
        assert talked.select(AS_SENT) == before
    monkeypatch.setattr(Store, "run", run)
    assert [done.is_packed for done in pack(talked, before=AFTER)] == [False], "it was packed the third time already"
    assert talked.select(AS_SENT) == before


def test_what_hardly_repeats_is_left_as_it_is(send: Send, store: Store) -> None:
    """A day whose content is new is remembered, and not rewritten."""
    messages = [{"gen_ai.input.messages": json.dumps([said("user", f"question {n}")])} for n in range(5)]
    send([span("t", number=number, attributes=given) for number, given in enumerate(messages)])
    [done] = pack(store, before=AFTER)
    assert done == Packed(DAY, 5, done.content_bytes, 0, is_packed=False)
    assert store.select("SELECT 1 FROM otel_traces WHERE notEmpty(PackedKeys)") == []


def test_nobody_reads_a_message_of_another_project(talked: Store) -> None:
    """What looks like a packed value shows as what it is, also with the hash of somebody's message."""
    pack(talked, before=AFTER)
    [message] = talked.select("SELECT Hash FROM messages LIMIT 1")
    forged = f"\x01h{message['Hash']}"
    for project, keys in (("default", "[]"), ("other", "['gen_ai.input.messages']")):
        talked.execute(
            "INSERT INTO otel_traces (Project, Timestamp, TraceId, SpanId, SpanAttributes, PackedKeys) SELECT"
            f" '{project}', toDateTime64('{DAY} 00:00:00', 9, 'UTC'), 'forged', '{project}',"
            f" map('gen_ai.input.messages', '{forged}'), {keys}"
        )
    rows = talked.select(
        "SELECT SpanId, SpanAttributes['gen_ai.input.messages'] AS v FROM spans WHERE TraceId = 'forged'"
    )
    assert {row["SpanId"]: row["v"] for row in rows} == {"default": forged, "other": ""}


def test_people_read_packed_days_through_the_guard(talked: Store) -> None:
    """`spanmill sql`, restricted to the project, too; the messages themselves are nobody's table."""
    pack(talked, before=AFTER)
    with reading.answer(talked, "SELECT InputText FROM spans WHERE SpanName = 'invoke' OR 1", ["default"]) as answer:
        assert sorted(row[0][:10] for row in answer.rows) == [f"question {turn}" for turn in range(TURNS)]


def test_traces_are_rebuilt_from_packed_days(talked: Store) -> None:
    """Mapping a day anew reads messages as they were sent."""
    before = talked.select("SELECT TraceId, Input FROM traces ORDER BY TraceId")
    pack(talked, before=AFTER)
    _rebuild_traces(talked, DAY)
    assert talked.select("SELECT TraceId, Input FROM traces ORDER BY TraceId") == before
    assert all(row["Input"].startswith("question") for row in before)


VALUES = st.one_of(
    st.text(),
    st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "tool"]), "content": st.text()})).map(json.dumps),
    st.lists(st.fixed_dictionaries({"type": st.text(), "data": st.text()})).map(json.dumps),
    st.lists(st.sampled_from(['{"role"', "[", "]", ", ", '{"a"', "\\", "x" * 250, "\n"])).map("".join),
)


@given(values=st.lists(VALUES, min_size=1, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_pieces_make_the_value_again(store: Store, values: list[str]) -> None:
    """Cutting loses nothing, whatever the value is, and no piece but the last ends in the text between two."""
    values = [value for value in values if "\x01" not in value and "\x00" not in value]
    joined = f"arrayStringConcat(arrayMap(part -> concat(part.1, part.2), {packed.pieces('value')}))"
    rows = store.select(
        f"SELECT {joined} AS joined FROM (SELECT arrayJoin({{values:Array(String)}}) AS value)", {"values": values}
    )
    assert [row["joined"] for row in rows] == values


def test_what_holds_the_mark_is_not_packed(send: Send, store: Store) -> None:
    """A value with the character that separates elements stays as it is."""
    value = "\x01" + json.dumps([said("user", "q")])
    send([span("t", number=number, attributes={"gen_ai.input.messages": value}) for number in range(4)])
    pack(store, before=AFTER)
    assert {row["v"] for row in store.select("SELECT SpanAttributes['gen_ai.input.messages'] AS v FROM spans")} == {
        value
    }


def test_spans_with_repeated_or_very_many_keys_are_not_packed(send: Send, talked: Store) -> None:
    """Which value of a key is packed could not be told, and every key is looked for among the packed ones."""
    value = json.dumps([said("user", "q")])
    twice, many = [], []
    for number in range(4):
        twice.append(span("t", trace=2, number=number, attributes={"gen_ai.input.messages": value}))
        twice[-1].attributes.extend(key_values({"gen_ai.input.messages": "lost?"}))
        keys = (f"llm.input_messages.{n}.message.content" for n in range(packed.MAX_KEYS + 1))
        many.append(span("t", trace=3, number=number, attributes=dict.fromkeys(keys, value)))
    send([*twice, *many])
    before = talked.select(AS_SENT)
    assert pack(talked, before=AFTER)[0].is_packed
    assert talked.select(AS_SENT) == before
    [row] = talked.select("SELECT sum(length(PackedKeys)) AS n FROM otel_traces WHERE SpanName = 't'")
    assert row["n"] == 0


def test_every_query_of_packing_is_accepted(store: Store) -> None:
    """An empty day, and one that does not exist, are nothing."""
    assert pack(store, before=date(2200, 1, 1)) == []
    assert queries.text("packing/pack").count("PackedKeys") > 1
    with pytest.raises(QueryRejected):
        store.select("SELECT PackedKeys FROM spans")


def test_the_command_packs_and_tells(talked: Store, database_url: str) -> None:
    """Each day that was looked at, for people and for programs; then nothing is left to do."""

    def run(*arguments: str) -> str:
        found = CliRunner().invoke(main, ["store", "pack", *arguments, "--clickhouse-url", database_url])
        assert found.exit_code == 0, found.output
        return found.stdout

    assert talked.database
    told = run("--before", str(AFTER))
    assert str(DAY) in told
    assert "packed" in told
    assert run("--before", str(AFTER)) == "Every day before that was looked at.\n"
    assert json.loads(run("--json")) == []
