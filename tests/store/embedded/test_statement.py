"""Reading the kind, the format and the data of a statement from its tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.statement import Kind, read_statement

NOISE = st.sampled_from(
    [b" ", b"\n", b"/* FORMAT x ; */", b"-- INTO OUTFILE 'x'\n", b"# format\n", b"\t", b" /* ' */ ", b"--'\n"]
)
LITERALS = st.sampled_from(
    [b"'FORMAT CSV'", b"'a;b'", b"'it''s'", b"'\\''", b"$$ ; FORMAT x $$", b"$t$ $$ ' $t$", b'"FORMAT"', b"`;`", b"1"]
)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" -- nothing\n /* at all */", Kind.EMPTY),
        (b"SELECT 1", Kind.SELECT),
        (b"((SELECT 1)) UNION ALL (SELECT 2)", Kind.SELECT),
        (b"with 1 AS x select x", Kind.SELECT),
        (b"FROM t SELECT a", Kind.SELECT),
        (b"SHOW TABLES", Kind.COMMAND),
        (b"EXPLAIN SELECT 1", Kind.COMMAND),
        (b"CREATE TABLE t (a Int8) ENGINE = Memory", Kind.COMMAND),
        (b"INSERT INTO t VALUES (1)", Kind.INSERT),
        (b"INSERT INTO values VALUES (1)", Kind.INSERT),
        (b"INSERT INTO db.format (a) FORMAT CSV 1", Kind.INSERT),
        (b"INSERT INTO FUNCTION null('a Int8') FORMAT CSV\n1", Kind.INSERT),
        (b"INSERT INTO {t:Identifier} (a) FORMAT CSV\n1", Kind.INSERT),
        (b"INSERT INTO t SELECT 1", Kind.COMMAND),
        (b"INSERT INTO t (a) (SELECT 1)", Kind.COMMAND),
        (b"INSERT INTO t WITH 1 AS x SELECT x FORMAT CSV", Kind.COMMAND),
        (b"WITH 1 AS x INSERT INTO t SELECT x", Kind.COMMAND),
    ],
)
def test_the_kind_follows_from_the_first_words(sql: bytes, kind: Kind) -> None:
    """SELECTs stream, INSERTs with data take the body, everything else is a command."""
    assert read_statement(sql).kind is kind


@pytest.mark.parametrize(
    ("sql", "output_format", "body", "tail"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON", b"SELECT 1 ", b""),
        (b"SELECT 1 format `CSV` ;", "CSV", b"SELECT 1 ", b""),
        (b"SELECT 1 FORMAT CSV SETTINGS a = 1", "CSV", b"SELECT 1 ", b"SETTINGS a = 1"),
        (b"SELECT 1 SETTINGS a = 1 FORMAT CSV", "CSV", b"SELECT 1 SETTINGS a = 1 ", b""),
        (b"SELECT a AS format FROM t", None, b"SELECT a AS format FROM t", b""),
        (b"SELECT a AS format", None, b"SELECT a AS format", b""),
        (b"SELECT (SELECT 1 FORMAT x)", None, b"SELECT (SELECT 1 FORMAT x)", b""),
    ],
)
def test_a_trailing_format_clause_is_cut_off(sql: bytes, output_format: str | None, body: bytes, tail: bytes) -> None:
    """FORMAT and the SETTINGS behind it are separated from the query, which keeps its own SETTINGS."""
    statement = read_statement(sql)
    assert (statement.output_format, statement.body, statement.tail) == (output_format, body, tail)


@pytest.mark.parametrize(
    ("sql", "data"),
    [
        (b"INSERT INTO t FORMAT CSV 1;2", b"1;2"),
        (b"INSERT INTO t FORMAT CSV\n\n1", b"\n1"),
        (b"INSERT INTO t FORMAT CSV \r\n1", b"1"),
        (b"INSERT INTO t SETTINGS a = 'FORMAT x' FORMAT Native\n\x00\xff'", b"\x00\xff'"),
        (b"INSERT INTO t (a, b) VALUES (1, ';')", b" (1, ';')"),
    ],
)
def test_the_data_of_an_insert_begin_behind_its_clause(sql: bytes, data: bytes) -> None:
    """Data are taken byte by byte as they are, but for the one line break that ends the clause."""
    assert sql[read_statement(sql).data_start :] == data


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (b"SELECT 1; SELECT 2", 62),
        (b"SELECT 1 INTO OUTFILE '/tmp/x'", 358),
        (b"SHOW TABLES INTO OUTFILE '/tmp/x'", 358),
        (b"INSERT INTO t FROM INFILE '/tmp/x' FORMAT CSV", 78),
    ],
)
def test_what_a_server_refuses_is_refused(sql: bytes, code: int) -> None:
    """Several statements and files of the client's get the code that a server gives."""
    with pytest.raises(ClickHouseError) as caught:
        read_statement(sql)
    assert caught.value.code == code


@given(st.lists(st.one_of(NOISE, LITERALS), max_size=12), st.sampled_from([None, b"CSV", b"JSONEachRow"]))
def test_literals_and_comments_hide_what_they_contain(parts: list[bytes], output_format: bytes | None) -> None:
    """Whatever stands in strings, quoted names, heredocs and comments, only the real FORMAT clause counts."""
    sql = b"SELECT 1 " + b" , ".join(parts)
    sql += b"\nFORMAT " + output_format if output_format else b""
    statement = read_statement(sql)
    assert statement.kind is Kind.SELECT
    assert statement.output_format == (output_format.decode() if output_format else None)


@given(st.binary(max_size=200))
def test_data_never_change_how_an_insert_is_read(data: bytes) -> None:
    """The data of an INSERT may be any bytes."""
    sql = b"INSERT INTO t (a) FORMAT Native\n"
    statement = read_statement(sql + data)
    assert (statement.kind, statement.body, statement.data_start) == (Kind.INSERT, b"INSERT INTO t (a) ", len(sql))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    """No input makes the reader fail in another way than with ClickHouse's error."""
    try:
        statement = read_statement(text)
    except ClickHouseError:
        return
    assert statement.data_start <= len(text)
