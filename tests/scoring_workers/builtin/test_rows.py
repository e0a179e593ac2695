"""Built-in scorers in SQL, over rows of a real store."""

from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.builtin.catalog import BUILTINS, builtin_of
from spanmill_scoring.builtin.kinds import SqlBuiltin
from spanmill_scoring.rules.files import RuleBook
from spanmill_store.client import Store
from spanmill_store.scoring.evaluation import SqlScore, evaluate
from spanmill_store.scoring.predicates import Scope, checked_expression
from spanmill_store.targets import TargetId
from support.source_tree import ROOT
from support.traces import TraceWriter

pytestmark = pytest.mark.clickhouse


def scored(store: Store, given: object, target: TargetId, scope: Scope = "trace") -> SqlScore:
    """What a built-in scorer says of *target*."""
    builtin = builtin_of(given)
    assert isinstance(builtin, SqlBuiltin)
    parts = {part: checked_expression(text, scope) for part, text in builtin.expressions(scope).items()}
    [row] = evaluate(store, scope, parts, [target])
    return row


def value(store: Store, given: object, target: TargetId) -> Any:
    """Its value."""
    return scored(store, given, target).value


def test_what_failed_is_told_by_status(traces: TraceWriter, store: Store) -> None:
    """A failed tool makes the trace one that failed."""
    bad, good = traces.turn(tool_error=True), traces.turn()
    assert (scored(store, "error", bad).value, scored(store, "error", bad).label) == (0, "failed")
    assert scored(store, "error", bad).reason == "1 of 2 spans failed"
    assert value(store, "error", good) == 1


def test_what_broke_is_told_from_what_is_bad(traces: TraceWriter, store: Store) -> None:
    """Spans that failed have the class of the failure, by status of HTTP, type and message, never by a model."""
    failures = [
        ({"error.type": "TimeoutError"}, "timeout"),
        ({"http.response.status_code": "504"}, "timeout"),
        ({"error.type": "openai.RateLimitError"}, "rate_limit"),
        ({"http.status_code": "429"}, "rate_limit"),
        ({"error.type": "503"}, "outage"),
        ({"error.type": "openai.APIConnectionError"}, "outage"),
        ({"error.type": "ConnectionResetError"}, "outage"),
        ({"error.type": "ValueError"}, "exception"),
        ({"http.response.status_code": "404"}, "exception"),
        ({}, "exception"),
    ]
    spans = [("root", "", {}, "Unset"), *(("call", "root", attributes, "Error") for attributes, _ in failures)]
    traces.spans("e" * 32, spans)
    parts = {part: checked_expression(text, "span") for part, text in builtin_of("error").expressions("span").items()}  # type: ignore[attr-defined]
    ids = [TargetId("default", "e" * 32, f"span{number}" + "e" * 12) for number in range(1, len(spans))]
    root = TargetId("default", "e" * 32, "root" + "e" * 12)
    said = {row.span_id: (row.value, row.label) for row in evaluate(store, "span", parts, [root, *ids])}
    assert said[root.span_id] == (1, "fine")
    assert [said[target.span_id] for target in ids] == [(0, label) for _, label in failures]


def test_time_tokens_and_cost_are_numbers_or_nothing(traces: TraceWriter, store: Store) -> None:
    """Unknown is not zero."""
    turn = traces.turn(duration_s=2.5)
    assert value(store, "latency", turn) == pytest.approx(2.5)
    assert (value(store, "tokens", turn), value(store, "cost", turn)) == (None, None)
    usage = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "7", "gen_ai.usage.cost": "0.25"}
    traces.spans("f" * 32, [("chat", "", usage, "Unset")])
    counted = TargetId("default", "f" * 32)
    assert (value(store, "tokens", counted), value(store, "cost", counted)) == (7, 0.25)
    assert scored(store, "tokens", counted).reason == "7 in, 0 out"


@pytest.mark.parametrize(("answer", "expected"), [("Yes.", 1), ("", 0), (" \n\t", 0), ("\n.", 1)])
def test_an_answer_of_white_space_is_empty(traces: TraceWriter, store: Store, answer: str, expected: int) -> None:
    """As is none at all."""
    assert value(store, "empty", traces.turn(answer=answer)) == expected


def test_texts_are_looked_for_in_any_case(traces: TraceWriter, store: Store) -> None:
    """All that must be there, one of several, and none of what must not; the reason names what is wrong."""
    turn = traces.turn(answer="Your REFUND takes five days. 100 % sure, it's Größe L\\M.")

    def of(**options: Any) -> tuple[Any, Any]:
        found = scored(store, {"contains": options}, turn)
        return found.value, found.reason

    assert of(all=["refund", "days"], none=["sorry"]) == (1, "")
    assert of(all=["refund", "weeks"], none=["five"]) == (0, "it does not say weeks; it says five")
    assert of(any=["weeks", "DAYS"])[0] == 1
    assert of(any=["weeks", "months"])[0] == 0
    assert of(all=["100 %", "it's", "größe l\\m"])[0] == 1


def test_a_pattern_is_found_or_not(traces: TraceWriter, store: Store) -> None:
    """Anchors mean the whole text."""
    turn = traces.turn(answer="Dear Ana,\nit's 5.00 €")
    assert value(store, {"regex": {"pattern": "^Dear [A-Z]"}}, turn) == 1
    assert value(store, {"regex": {"pattern": "it's \\d+\\.\\d{2}"}}, turn) == 1
    assert value(store, {"regex": {"pattern": "^Dear$"}}, turn) == 0
    assert value(store, {"regex": {"pattern": "^Dear", "unwanted": True}}, turn) == 0


def test_the_order_of_tools_is_expected_or_not(traces: TraceWriter, store: Store) -> None:
    """No tool at all is a path too."""
    with_tool, without = traces.turn(tool_error=True), traces.turn()
    expected = {"tool_path": {"expected": ["order_lookup", "search > order_lookup"]}}
    assert (scored(store, expected, with_tool).value, scored(store, expected, with_tool).reason) == (1, "order_lookup")
    assert (scored(store, expected, without).value, scored(store, expected, without).reason) == (
        0,
        "no tool was called",
    )
    assert value(store, {"tool_path": {"expected": [""]}}, without) == 1


@given(st.text(min_size=1, max_size=40), st.sampled_from(["trace", "span"]))
def test_no_text_of_an_option_becomes_sql(text: str, scope: Scope) -> None:
    """Whatever it is, the expression is one that rules may have, or the text is refused as a whole."""
    builtin = builtin_of({"contains": {"all": [text], "none": [text], "any": [text]}})
    assert isinstance(builtin, SqlBuiltin)
    if "\0" not in text:
        for expression in builtin.expressions(scope).values():
            assert checked_expression(expression, scope)


@pytest.mark.parametrize("scope", ["trace", "span"])
@pytest.mark.parametrize("name", [name for name, kind in BUILTINS.items() if issubclass(kind, SqlBuiltin)])
def test_all_of_them_compile_for_their_scopes(traces: TraceWriter, store: Store, name: str, scope: Scope) -> None:
    """Of traces and of spans, where they are for both."""
    options = {"contains": {"all": ["x"]}, "regex": {"pattern": "x"}, "tool_path": {"expected": ["x"]}}
    if scope in BUILTINS[name].scopes:
        turn = traces.turn()
        [row] = store.select("SELECT SpanId FROM otel_traces WHERE TraceId = {id:String}", {"id": turn.trace_id})
        target = turn if scope == "trace" else turn._replace(span_id=row["SpanId"])
        scored(store, {name: options.get(name, {})}, target, scope)


class TestRules:
    """How a rule names one."""

    @pytest.mark.parametrize(
        ("builtin", "words"),
        [
            ("refusl", ["'refusl'", "'refusal'"]),
            ("{refusal: {x: 1}}", ["'refusal'", "no option 'x'", "none"]),
            ("{regex: {}}", ["'regex'", "'pattern' is missing"]),
            ("{regex: {pattern: ''}}", ["'regex'", "pattern"]),
            ("{contains: {}}", ["'contains'", "all, any or none"]),
            ("{contains: {all: ['']}}", ["'contains'", "empty text"]),
            ("{tool_path: {expected: []}}", ["'tool_path'", "expected"]),
            ("{error: , empty: }", ["one name with its options"]),
            ("5", ["one name with its options"]),
        ],
    )
    def test_a_mistake_is_one_sentence(
        self, load_rules: Callable[[str], RuleBook], builtin: str, words: list[str]
    ) -> None:
        """It names the scorer, the option and what would be right."""
        [problem] = load_rules(f"rules:\n- name: a\n  builtin: {builtin}").problems
        assert problem.line in {2, 3}
        assert [word for word in words if word not in str(problem)] == []

    def test_one_for_traces_is_none_for_spans(self, load_rules: Callable[[str], RuleBook]) -> None:
        """The path of tools is that of a trace."""
        [problem] = load_rules("rules:\n- {name: a, scope: span, builtin: {tool_path: {expected: [x]}}}").problems
        assert "'tool_path' is for scope trace" in str(problem)

    def test_another_option_is_another_version(self, load_rules: Callable[[str], RuleBook]) -> None:
        """A score says how it was made; a short form and no options are the same."""
        versions = [
            load_rules(f"rules:\n- {{name: a, builtin: {builtin}}}").rules["a"].version
            for builtin in ("tool_loops", "{tool_loops: {}}", "{tool_loops: {calls: 3}}", "{tool_loops: {calls: 4}}")
        ]
        assert versions[0] == versions[1] == versions[2] != versions[3]


def test_all_of_them_are_explained() -> None:
    """Each scorer and each option stands on the page."""
    page = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    options = {option for kind in BUILTINS.values() for option in kind.options()}
    assert [word for word in (*BUILTINS, *sorted(options)) if f"`{word}`" not in page] == []


def test_a_name_alone_is_enough_for_most(load_rules: Callable[[str], RuleBook]) -> None:
    """All but those that need an option."""
    names = [name for name in BUILTINS if name not in {"contains", "regex", "tool_path", "similarity"}]
    rules = (f"- {{name: {name}, scope: {BUILTINS[name].scopes[0]}, builtin: {name}}}" for name in names)
    book = load_rules("rules:\n" + indent("\n".join(rules), "  "))
    assert not book.problems
    assert set(book.rules) == set(names)
