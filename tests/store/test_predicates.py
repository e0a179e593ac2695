import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.client import Store
from spanmill_store.scoring.checks import require_compilable
from spanmill_store.scoring.predicate_names import COLUMNS, TABLES
from spanmill_store.scoring.predicates import PredicateError, Scope, checked_expression, checked_select


class TestExpression:
    """One scalar expression of a rule."""

    @pytest.mark.parametrize(
        ("scope", "sql"),
        [
            ("trace", "ErrorCount > 0 AND has(ToolNames, 'lookup')"),
            ("trace", "arrayExists(model -> model ILIKE '%mini%', Models)"),
            ("trace", "if(ifNull(CostUsd, 0) > 1, 1, 0)"),
            ("trace", "DurationNs BETWEEN 1 AND 2e9"),
            ("trace", "match(Output, '(?i)sorry') ? 0 : 1"),
            ("span", "SpanAttributes['gen_ai.request.model'] = 'x'"),
            ("span", "has(Events.Name, 'exception')"),
            ("span", "StatusCode = 'Error' OR NOT empty(Output)"),
        ],
    )
    def test_accepts_scalar_expressions_over_known_columns(self, scope: Scope, sql: str) -> None:
        """Conditions and values over a target's columns pass, lambdas and maps included."""
        assert checked_expression(sql, scope)

    @pytest.mark.parametrize(
        ("sql", "sentence"),
        [
            ("ErorCount > 0", "did you mean ErrorCount?"),
            ("errorcount > 0", "did you mean ErrorCount?"),
            ("SpanName = 'x'", "Unknown column 'SpanName'"),
            ("traces.Input = ''", "Unknown column 'traces.Input'"),
            ("ErrorCount >", "something is wrong or missing at line 1, column 12"),
            ("Output = 'open", "a quote is not closed"),
            ("", "0 statements"),
            ("1; DROP TABLE traces", "2 statements"),
            ("DROP TABLE traces", "is not an expression"),
            ("(SELECT 1)", "is not an expression"),
            ("TraceId IN (SELECT TraceId FROM flags)", "a sub-select"),
            ("count() > 1", "an aggregate function"),
            ("row_number() OVER () > 1", "a window function"),
            ("ErrorCount AS x", "is not an expression"),
            ("{x:String} = ''", "a query parameter"),
            ("now() > StartTime", "may not call now()"),
            ("rand() > 5", "may not call"),
            ("sleep(3) = 0", "may not call sleep()"),
            ("url('http://x') = ''", "may not call url()"),
            ("dictGet('d', 'a', 1) = ''", "may not call dictGet()"),
            ("arrayJoin(Models) = 'x'", "may not call arrayJoin()"),
            ("noSuchFunction(Output) = 1", "may not call noSuchFunction()"),
            ("hasColumnInTable('system', 'users', 'name')", "may not call hasColumnInTable()"),
            ("Input IN api_keys", "Unknown column 'api_keys'"),
            ("Input IN (Output)", "may name a table"),
            ("(" * 3000 + "1" + ")" * 3000, "too deeply nested"),
        ],
    )
    def test_refuses_everything_else_in_one_sentence(self, sql: str, sentence: str) -> None:
        """What is not one harmless expression is refused with a sentence that names the word at fault."""
        with pytest.raises(PredicateError) as refused:
            checked_expression(sql, "trace")
        assert sentence in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_removes_comments(self) -> None:
        """A comment cannot hide the rest of the query that the expression is placed in."""
        assert checked_expression("ErrorCount > 0 -- and", "trace") == '"ErrorCount" > 0'
        assert checked_expression("ErrorCount /* ) */ > 0", "trace") == '"ErrorCount" > 0'

    @given(st.text(max_size=60) | st.from_regex(r"[A-Za-z(),.'><= 0-9;*\-/\[\]{}:]{0,60}", fullmatch=True))
    def test_survives_any_text(self, text: str) -> None:
        """Any text is either one expression or one sentence, never another error."""
        with contextlib.suppress(PredicateError):
            checked_expression(text, "trace")


class TestSelect:
    """A whole SELECT of a rule."""

    def test_accepts_a_select_over_our_tables(self) -> None:
        """Joins, CTEs and unions over spanmill's tables pass."""
        sql = """
            WITH bad AS (SELECT TraceId FROM scores WHERE Value < 0.5)
            SELECT TraceId, count() AS value, 'x' AS reason FROM otel_traces
            WHERE TraceId IN (SELECT TraceId FROM bad) GROUP BY TraceId
        """
        assert checked_select(sql, "trace").startswith('WITH "with bad" AS')

    @pytest.mark.parametrize(
        ("sql", "sentence"),
        [
            ("SELECT TraceId, 1 AS value FROM tracs", "did you mean traces?"),
            ("SELECT TraceId, 1 AS value FROM system.tables", "may not read 'system.tables'"),
            ("SELECT TraceId, 1 AS value FROM other.traces", "may not read 'other.traces'"),
            ("SELECT TraceId, 1 AS value FROM url('http://x')", "only tables"),
            ("SELECT TraceId, 1 AS value FROM traces WHERE 1 IN (SELECT 1 FROM remote('x'))", "only tables"),
            ("SELECT TraceId, 1 AS value FROM traces SETTINGS max_threads = 1", "SETTINGS"),
            ("SELECT TraceId, 1 AS value FROM traces FORMAT JSON", "FORMAT"),
            ("SELECT TraceId, 1 AS value FROM {t:Identifier}", "query parameters"),
            ("SELECT TraceId, sleep(1) AS value FROM traces", "may not call sleep()"),
            ("SELECT TraceId, now() AS value FROM traces", "may not call now()"),
            ("SELECT TraceId, 1 AS value FROM traces WHERE TraceId IN api_keys", "may name a table"),
            (
                "WITH x AS (SELECT 1) SELECT TraceId, 1 AS value FROM traces, score_ledger",
                "may not read 'score_ledger'",
            ),
            ("SELECT TraceId, 1 AS value FROM traces ARRAY JOIN (SELECT [1] FROM api_keys) AS k", "sub-select"),
            ("SELECT TraceId FROM traces", "must return a column named value"),
            ("SELECT 1 AS value FROM traces", "must return TraceId"),
            ("SELECT TraceId, 1 AS value, 2 AS reson FROM traces", "did you mean reason?"),
            ("INSERT INTO traces SELECT 1", "is not a query"),
            ("SELECT TraceId, 1 AS value FROM traces; DROP TABLE traces", "2 statements"),
        ],
    )
    def test_refuses_everything_else_in_one_sentence(self, sql: str, sentence: str) -> None:
        """Other tables, functions, clauses and outputs are refused by name."""
        with pytest.raises(PredicateError) as refused:
            checked_select(sql, "trace")
        assert sentence in str(refused.value)


@pytest.mark.clickhouse
class TestCompiling:
    """The server has the last word."""

    @pytest.mark.parametrize("scope", ["trace", "span", "session"])
    def test_known_columns_are_those_of_the_server(self, store: Store, scope: Scope) -> None:
        """Every column that a rule may name exists, and every one that exists may be named."""
        table = f"{scope}s"
        rows = store.select(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String} "
            "AND default_kind != 'EPHEMERAL'",
            {"t": table},
        )
        assert {row["name"] for row in rows} == COLUMNS[scope]

    def test_known_tables_are_those_of_the_server(self, store: Store) -> None:
        """Every table that a rule may read exists."""
        rows = store.select("SELECT name FROM system.tables WHERE database = currentDatabase()")
        assert {row["name"] for row in rows} >= TABLES

    def test_what_cannot_be_computed_is_one_sentence_with_the_servers_reason(self, store: Store) -> None:
        """An expression that parses but has no meaning to ClickHouse is refused before any trace is looked at."""
        sql = checked_expression("arraySum(Output) = 1", "trace")
        with pytest.raises(PredicateError, match=r"does not compile: .*arraySum"):
            require_compilable(store, "trace", [sql], {})

    def test_a_condition_must_be_a_condition(self, store: Store) -> None:
        """Text where a condition belongs is refused by the server's own types."""
        with pytest.raises(PredicateError, match="does not compile"):
            require_compilable(store, "trace", [checked_expression("Output", "trace")], {})

    @pytest.mark.parametrize("scope", ["trace", "span"])
    def test_good_sql_compiles_in_every_place(self, store: Store, scope: Scope) -> None:
        """The places of the named queries take what the checks let through."""
        parts = {
            "value": "length(Output) / 2",
            "label": "Source",
            "reason": "concat(Input, '')",
        }
        conditions = [checked_expression(sql, scope) for sql in ("Output != ''", "Source = 'experiment'")]
        scorer = {name: checked_expression(sql, scope) for name, sql in parts.items()}
        require_compilable(store, scope, conditions, scorer)
        select = "SELECT TraceId, SpanId, 1 AS value FROM otel_traces"
        require_compilable(store, scope, [], {"select": checked_select(select, "span")})

    def test_good_sql_over_sessions_compiles_in_every_place(self, store: Store) -> None:
        """As that over traces does; a SELECT returns the session's id."""
        condition = checked_expression("TraceCount > 1", "session")
        scorer = {"value": "length(TraceIds)", "label": "Environment", "reason": "LastOutput"}
        require_compilable(store, "session", [condition], scorer)
        select = checked_select("SELECT Project, SessionId, count() AS value FROM traces GROUP BY ALL", "session")
        require_compilable(store, "session", [], {"select": select})
        with pytest.raises(PredicateError, match="must return Project"):
            checked_select("SELECT SessionId, 1 AS value FROM traces", "session")
