"""The closed lists fit the engine and the schema."""

from importlib import resources
from pathlib import Path

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import StatementRefused
from spanmill_store.guard.derivation import catalogue, derived
from spanmill_store.guard.functions import allowed
from spanmill_store.guard.limits import Limits
from spanmill_store.guard.projects import restriction
from spanmill_store.guard.statement import checked
from spanmill_store.guard.tables import READABLE
from spanmill_store.reading import answer
from support.http_query import Ask
from support.two_projects import OURS

_EXPECTED = """
count countIf COUNT sum sumIf avg min max any anyLast quantile quantileTDigest quantiles median uniq uniqExact
uniqCombined argMin argMax topK groupArray groupUniqArray groupArraySorted sumMap minMap avgMerge uniqState
quantilesTDigestMerge countDistinct sumOrNull sumForEach argMaxIf groupArrayIf corr covarPop stddevPop varSamp
studentTTest welchTTest mannWhitneyUTest JSONExtractString JSONExtract JSONExtractArrayRaw JSON_VALUE mapKeys
mapContains arrayMap arrayFilter arrayJoin arraySort now now64 today toStartOfHour toStartOfInterval dateDiff
dateTrunc formatDateTime toDate toDateTime64 addDays toIntervalDay lower upper position positionCaseInsensitive
match extractAll replaceRegexpAll splitByChar multiSearchAny hasToken ngramDistance row_number rank dense_rank
lagInFrame leadInFrame first_value nth_value ntile if multiIf coalesce ifNull toTypeName tuple untuple array map
has hasAny indexOf length empty formatReadableSize cityHash64 sipHash64 toUInt32OrNull toFloat64OrZero rand
generateUUIDv4 finalizeAggregation bar transform least greatest round intDiv plus cosineDistance L2Distance
windowFunnel sequenceMatch retention histogram bitAnd domain path cutQueryString base64Decode hex unhex
"""
EXPECTED = _EXPECTED.split()


def test_functions_are_as_they_were_derived(both: Store) -> None:
    """The committed list follows from the engine's: a new version's functions show up here before people use them."""
    text = resources.files("spanmill_store.guard").joinpath("functions.txt").read_text("utf-8")
    assert text.splitlines()[1:] == derived(catalogue(both))


@pytest.mark.parametrize("name", EXPECTED)
def test_analysts_find_their_functions(name: str) -> None:
    """Functions that questions are made of may be called."""
    assert allowed().allows(name)


@pytest.mark.parametrize("name", ["Countif", "QUANTILE", "arraymap", "sumResample", "countIfx", "OrNull", "", "State"])
def test_letter_case_and_combinators_are_clickhouses(name: str) -> None:
    """Names are as exact as ClickHouse takes them, and a combinator alone is no function."""
    assert not allowed().allows(name)


def test_what_takes_very_long_is_for_rules_only() -> None:
    """The operator's rules may compare texts by edit distance, questions may not."""
    assert allowed(for_rules=True).allows("editDistance")
    assert not allowed().allows("editDistance")


@pytest.mark.clickhouse
def test_readable_tables_exist(both: Store) -> None:
    """Each readable table can be read and described, and SHOW TABLES names them all."""
    with answer(both, "SHOW TABLES") as found:
        assert [name for (name,) in found.rows] == list(READABLE)
    for name in READABLE:
        with answer(both, f"DESCRIBE {name}") as found:
            assert "Project" in [row[0] for row in found.rows]


@pytest.mark.clickhouse
@pytest.mark.parametrize(
    "text",
    ["EXPLAIN SELECT 1", "explain indexes = 1, actions=1 SELECT count() FROM traces", "EXPLAIN PIPELINE SELECT 1",
     "EXPLAIN QUERY TREE SELECT 1", "EXPLAIN SYNTAX SELECT a FROM (SELECT 1 AS a)", "EXPLAIN PLAN header=1 SELECT 1"],
)  # fmt: skip
def test_explanations_are_given(text: str, both: Store) -> None:
    """EXPLAIN of a question is answered."""
    with answer(both, text) as found:
        assert list(found.rows)


@pytest.mark.parametrize("text", ["DESC TABLE traces", "describe `traces`;", 'DESCRIBE TABLE "traces" -- x'])
def test_describe_is_written_anew(text: str) -> None:
    """However it is spelt, what runs names the table and nothing else."""
    assert checked(text) == "DESCRIBE TABLE traces"


@pytest.mark.clickhouse
class TestWithoutTheGuard:
    """The settings alone, for the day when the guard is mistaken."""

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO datasets (Name) VALUES ('x')",
            "INSERT INTO datasets SELECT * FROM datasets",
            "DROP TABLE scores",
            "TRUNCATE TABLE scores",
            "ALTER TABLE scores DELETE WHERE 1",
            "CREATE TABLE x (a Int8) ENGINE = Memory",
            "CREATE TEMPORARY TABLE x (a Int8)",
            "CREATE FUNCTION f AS x -> x",
            "SYSTEM FLUSH LOGS",
            "KILL QUERY WHERE 0",
            "SET max_execution_time = 0",
            "SELECT 1 SETTINGS max_execution_time = 0",
            "SELECT 1 SETTINGS readonly = 0",
            "SELECT 1 INTO OUTFILE '/tmp/x'",
            "SELECT * FROM file('/etc/passwd', 'LineAsString', 'line String')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
            "SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV', 'a String')",
            "SELECT * FROM remote('127.0.0.1:1', system.one)",
            "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
            "SELECT * FROM executable('x.sh', 'TSV', 'a String')",
            "SELECT * FROM python('x')",
            "SELECT addressToLine(1)",
            "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT count() FROM r",
        ],
    )
    def test_the_engine_refuses(self, sql: str, both: Store, ask: Ask) -> None:
        """Writing, changing settings and reaching outside fail in the engine too."""
        reply = ask(sql, database=both.database, **Limits().settings())
        assert reply.status != 200, reply.text

    def test_only_the_guard_keeps_files_from_the_embedded_engine(self, ask: Ask, tmp_path: Path) -> None:
        """The function file() reads whatever the embedded server may read, read-only or not: the guard must hold."""
        path = tmp_path / "secret"
        path.write_text("swordfish")
        sql = f"SELECT file('{path}')"
        assert ask(sql, **Limits().settings()).text == "swordfish\n"
        with pytest.raises(StatementRefused):
            checked(sql)

    def test_the_restriction_cannot_be_lifted(self, both: Store, ask: Ask) -> None:
        """A statement cannot change the filter it runs under."""
        settings = Limits().settings() | restriction(both.database, [OURS])
        for change in ("SETTINGS additional_table_filters = {}", "SETTINGS additional_table_filters = {'a': '1'}"):
            assert ask(f"SELECT count() FROM scores {change}", database=both.database, **settings).status != 200
        assert ask("SELECT DISTINCT Project FROM scores", database=both.database, **settings).text == "ours\n"


def test_a_table_without_projects_is_not_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A readable table without a column Project can be read only by those who may see all projects."""
    table = type(READABLE["scores"])("prices", "what models cost", has_project=False)
    monkeypatch.setattr("spanmill_store.guard.statement.READABLE", {**READABLE, "prices": table})  # no such table today
    assert checked("SELECT * FROM prices")
    with pytest.raises(StatementRefused, match="may not read 'prices'"):
        checked("SELECT * FROM prices", restricted=True)
