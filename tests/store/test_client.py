"""The connection: what users are told when something is wrong."""

from datetime import UTC, datetime

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, SettingsError, StoreUnavailable
from support.processes import free_port
from support.servers import ClickHouseServer


def test_an_address_where_nobody_answers_is_one_sentence() -> None:
    """The sentence names the address without the password, and the setting to correct."""
    port = free_port()
    with pytest.raises(StoreUnavailable) as raised:
        Store.connect(f"http://someone:secret@127.0.0.1:{port}/spanmill")
    assert str(raised.value) == (
        f"No ClickHouse answers at http://127.0.0.1:{port}/spanmill: start it, or correct SPANMILL_CLICKHOUSE_URL."
    )


@pytest.mark.parametrize("url", ["", "localhost:8123", "clickhouse://localhost", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Only http and https URLs with a host are addresses of ClickHouse."""
    with pytest.raises(SettingsError, match=r"is not http\(s\)://host:port/database"):
        Store.connect(url)


@pytest.mark.clickhouse
class TestConnected:
    """Against a real server."""

    def test_the_path_is_the_database(self, clickhouse: ClickHouseServer) -> None:
        """Without a path the database is called spanmill."""
        with Store.connect(f"{clickhouse.url}/other") as other, Store.connect(clickhouse.url) as default:
            assert (other.database, default.database) == ("other", "spanmill")

    def test_a_rejected_statement_keeps_clickhouses_code(self, store: Store) -> None:
        """The message is ClickHouse's, without its version, and short even for a long statement."""
        with pytest.raises(QueryRejected) as raised:
            store.select("SELECT nope, " + ", ".join(f"'{number}'" for number in range(2000)))
        assert raised.value.code == 47
        assert "nope" in str(raised.value)
        assert "version" not in str(raised.value)
        assert len(str(raised.value)) < 1000

    def test_values_never_become_part_of_a_statement(self, store: Store) -> None:
        """Quotes, braces and backslashes in a value are data."""
        for value in ["'; DROP TABLE x --", "a\\'b", "{x:String}", "\n\t\0", "%s %(x)s"]:
            assert store.select("SELECT {value:String} AS v", {"value": value}) == [{"v": value}]

    def test_long_lists_of_values_bind(self, store: Store) -> None:
        """What is too long for a URL goes in the request's body instead."""
        ids = [f"{number:032x}" for number in range(5000)]
        assert store.select("SELECT length({ids:Array(String)}) AS n", {"ids": ids}) == [{"n": 5000}]

    def test_percent_signs_are_text(self, store: Store) -> None:
        """A LIKE pattern in a statement is not taken for a place to put a value, with parameters and without."""
        assert store.select("SELECT 'xJSONx' LIKE '%JSON%' AS is_like") == [{"is_like": 1}]
        assert store.select("SELECT 'xJSONx' LIKE '%JSON%' AND {n:UInt8} = 1 AS is_like", {"n": 1}) == [{"is_like": 1}]

    def test_inserted_rows_are_there_at_once(self, store: Store) -> None:
        """An insert of plain rows is visible when it returns; no rows are no request."""
        store.insert("datasets", ("Name", "Time"), [("a", datetime.now(UTC)), ("b", datetime.now(UTC))])
        store.insert("datasets", ("Name",), [])
        assert store.select("SELECT count() AS n FROM datasets") == [{"n": 2}]


@pytest.mark.clickhouse
@pytest.mark.parametrize(
    "ids", [[], ["a"], ["it's", "b\\"], ["a,b", "ü\n", "'], ['"], [f"{n:032x}" for n in range(20_000)]]
)
def test_lists_of_ids_are_bound_whatever_they_hold(store: Store, ids: list[str]) -> None:
    """Few or very many, plain or not: what is asked for is what was given."""
    asked = "SELECT count() AS n, groupArray(id) AS ids FROM (SELECT arrayJoin({ids:Array(String)}) AS id)"
    [row] = store.select(asked, {"ids": ids})
    assert (row["n"], row["ids"]) == (len(ids), ids)
