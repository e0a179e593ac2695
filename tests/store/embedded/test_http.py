"""The HTTP interface, request by request."""

import base64
import http.client
import json
import shutil
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from spanmill_store.embedded.compression import decoder_for
from support.http_query import Ask
from support.processes import wait_until
from support.servers import ClickHouseServer

pytestmark = pytest.mark.clickhouse


@pytest.mark.parametrize("path", ["/", "/ping", "/replicas_status"])
def test_health_paths_say_ok(clickhouse: ClickHouseServer, path: str) -> None:
    """Health checks made for ClickHouse pass."""
    connection = http.client.HTTPConnection("127.0.0.1", clickhouse.port)
    connection.request("GET", path)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"Ok.\n")
    connection.close()


def test_query_stands_in_url_body_or_both(ask: Ask) -> None:
    """The two parts are joined by a line break, as a server joins them."""
    assert ask(method="GET", query="SELECT 1").text == "1\n"
    assert ask("SELECT 1").text == "1\n"
    assert ask("+ 1", query="SELECT 1 -- one").text == "2\n"


def test_answers_carry_clickhouse_headers(ask: Ask) -> None:
    """Clients find query id, format, time zone, server and counters in the headers."""
    reply = ask("SELECT number FROM numbers(3)", query_id="mine", default_format="JSONEachRow", session_timezone="UTC")
    assert reply.headers["x-clickhouse-query-id"] == "mine"
    assert reply.headers["x-clickhouse-format"] == "JSONEachRow"
    assert reply.headers["x-clickhouse-timezone"] == "UTC"
    assert reply.headers["x-clickhouse-server-display-name"]
    assert json.loads(reply.headers["x-clickhouse-summary"])["result_rows"] == "3"


@pytest.mark.parametrize(
    ("sql", "status", "code", "name"),
    [
        ("SELECT nope", 404, "47", "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM nope", 404, "60", "UNKNOWN_TABLE"),
        ("SELEC 1", 400, "62", "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 400, "62", "SYNTAX_ERROR"),
        ("SELECT 1 FORMAT Nope", 404, "73", "UNKNOWN_FORMAT"),
        ("SELECT throwIf(1)", 500, "395", "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", 500, "358", "INTO_OUTFILE_NOT_ALLOWED"),
        ("INSERT INTO nope FORMAT CSV\n1", 404, "60", "UNKNOWN_TABLE"),
    ],
)
def test_errors_have_clickhouse_code_and_status(ask: Ask, sql: str, status: int, code: str, name: str) -> None:
    """An error has the status, the code header and the text that a server gives."""
    reply = ask(sql)
    assert (reply.status, reply.headers["x-clickhouse-exception-code"]) == (status, code)
    assert reply.text.startswith(f"Code: {code}. DB::Exception: ")
    assert f"({name}) (version " in reply.text


def test_an_error_about_bytes_that_are_no_text(ask: Ask) -> None:
    """A statement that is not UTF-8 gets the engine's own error, although that quotes it."""
    assert ask(b"SELECT '\xe9', nope").headers["x-clickhouse-exception-code"] == "47"
    assert ask(b"EXPLAIN AST SELECT '\xe9' FROM (").headers["x-clickhouse-exception-code"] == "62"


def test_unknown_settings_and_databases_are_named(ask: Ask) -> None:
    """A URL parameter that is no setting, and a database that does not exist, are errors."""
    assert "'max_threds'" in ask("SELECT 1", max_threds=1).text
    assert ask("SELECT 1", database="no_such").headers["x-clickhouse-exception-code"] == "81"


def test_parameters_and_settings_reach_the_query(ask: Ask) -> None:
    """Parameters are bound by type and settings hold for their request only."""
    sql = "SELECT {text:String}, {list:Array(UInt8)}, getSetting('max_block_size')"
    reply = ask(
        sql, param_text="a'b\\\\c\\n", param_list="[1,2]", max_block_size=77, default_format="JSONCompactEachRow"
    )
    assert json.loads(reply.text) == ["a'b\\c\n", [1, 2], 77]
    assert ask("SELECT getSetting('max_block_size')").text != "77\n"


def test_headers_name_database_and_format(ask: Ask) -> None:
    """The database and the format may stand in headers."""
    headers = {"X-ClickHouse-Database": "system", "X-ClickHouse-Format": "JSONEachRow"}
    assert json.loads(ask("SELECT currentDatabase() AS d", headers=headers).text) == {"d": "system"}


def test_get_and_readonly_change_nothing(ask: Ask, numbers: str) -> None:
    """GET, and readonly=1, refuse every statement that changes something, in sessions too."""
    create = "CREATE TABLE other (a Int8) ENGINE = Memory"
    for extra in ({}, {"session_id": f"read-{numbers}"}):
        assert (
            ask(method="GET", query=create, database=numbers, **extra).headers["x-clickhouse-exception-code"] == "164"
        )
        assert ask(create, database=numbers, readonly=1, **extra).headers["x-clickhouse-exception-code"] == "164"
    assert ask(method="GET", query="SELECT 1 SETTINGS max_threads = 1").text == "1\n"
    assert ask("SHOW TABLES", database=numbers).text == "numbers\n"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_bodies_that_cannot_be_unpacked_are_refused(ask: Ask, encoding: str) -> None:
    """A damaged body and an unsupported encoding are the client's fault."""
    assert ask(b"not packed", headers={"Content-Encoding": encoding}).status == 400


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "lz4", "deflate"])
def test_answers_are_packed_only_when_asked(ask: Ask, encoding: str) -> None:
    """Accept-Encoding counts only together with enable_http_compression=1."""
    headers = {"Accept-Encoding": encoding}
    assert ask("SELECT 1", headers=headers).text == "1\n"
    reply = ask("SELECT number FROM numbers(500000)", headers=headers, enable_http_compression=1)
    assert reply.headers["content-encoding"] == encoding
    assert b"".join(decoder_for(encoding, has_frames=False).feed(reply.body)).endswith(b"\n499999\n")


def test_answers_come_in_blocks_with_compress(ask: Ask) -> None:
    """compress=1 packs answers, and errors, in ClickHouse's own blocks."""
    unpacked = decoder_for("", has_frames=True).feed(ask("SELECT 'abc'", compress=1).body)
    assert b"".join(unpacked) == b"abc\n"
    assert b"Code: 47" in b"".join(decoder_for("", has_frames=True).feed(ask("SELECT nope", compress=1).body))


def test_an_error_after_output_began_breaks_the_answer(clickhouse: ClickHouseServer) -> None:
    """The text of a late error stands marked in the body, which then ends without its last chunk."""
    connection = http.client.HTTPConnection("127.0.0.1", clickhouse.port)
    connection.request("POST", "/", "SELECT throwIf(number = 2000000) FROM numbers(3000000)")
    response = connection.getresponse()
    tag = response.getheader("X-ClickHouse-Exception-Tag")
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    assert response.status == 200
    assert tag is not None
    assert f"\r\n__exception__\r\n{tag}\r\nCode: 395.".encode() in caught.value.partial
    connection.close()


def test_waiting_for_the_end_gives_late_errors_their_status(ask: Ask) -> None:
    """With wait_end_of_query=1 an error has its own status however late it comes."""
    reply = ask("SELECT throwIf(number = 2000000) FROM numbers(3000000)", wait_end_of_query=1)
    assert reply.headers["x-clickhouse-exception-code"] == "395"


def test_sessions_keep_their_state(ask: Ask, database: str) -> None:
    """SET, USE and temporary tables live in the session; a request's own settings do not outlive it."""
    session = {"session_id": f"state-{database}"}
    assert ask("CREATE TEMPORARY TABLE mine (a Int8)", **session).status == 200
    assert ask("INSERT INTO mine VALUES (1)", **session).status == 200
    assert ask("SELECT a FROM mine", **session).text == "1\n"
    assert ask("SET max_block_size = 11", **session).status == 200
    assert ask("SELECT getSetting('max_block_size')", max_block_size=22, **session).text == "22\n"
    assert ask("SELECT getSetting('max_block_size')", **session).text == "11\n"
    assert ask("SELECT 1", session_id=f"absent-{database}", session_check=1).status == 404


def test_a_session_serves_one_request_at_a_time(ask: Ask, database: str) -> None:
    """A second request in a busy session is refused with ClickHouse's code."""
    session = f"busy-{database}"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, "SELECT sleep(1)", session_id=session, query_id=session)
        running = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = {id:String}"
        wait_until(lambda: ask(running, param_id=session).text == "1\n", "the query to run", 10)
        assert ask("SELECT 1", session_id=session).headers["x-clickhouse-exception-code"] == "373"
        assert slow.result().status == 200


def test_readers_and_writers_run_side_by_side(ask: Ask, numbers: str) -> None:
    """Many clients at once neither block nor disturb each other."""

    def work(number: int) -> tuple[int, str]:
        inserted = ask(f"INSERT INTO numbers VALUES ({number}, 'x')", database=numbers)
        return inserted.status, ask("SELECT {n:UInt32}", param_n=number).text

    with ThreadPoolExecutor(24) as pool:
        results = list(pool.map(work, range(72)))
    assert results == [(200, f"{number}\n") for number in range(72)]
    assert ask("SELECT count() FROM numbers", database=numbers).text == "72\n"


def test_a_query_ends_when_its_client_leaves(clickhouse: ClickHouseServer, ask: Ask) -> None:
    """A SELECT whose client hung up is killed, even one that has written nothing yet."""
    running = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'left'"
    with socket.create_connection(("127.0.0.1", clickhouse.port)) as client:
        sql = b"SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(number)"
        head = b"POST /?query_id=left&max_threads=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(
            sql
        )
        client.sendall(head + sql)
        wait_until(lambda: ask(running).text == "1\n", "the query to run", 10)
    wait_until(lambda: ask(running).text == "0\n", "the query to end", 10)


@pytest.mark.parametrize("headers", [{"Host": "rebound.example:8123"}, {"Origin": "http://localhost:3000"}])
def test_web_pages_are_refused(ask: Ask, headers: dict[str, str]) -> None:
    """A request that a browser could be made to send does not reach the engine."""
    reply = ask("SELECT 1", headers=headers)
    assert (reply.status, reply.headers["x-clickhouse-exception-code"]) == (403, "497")


def test_an_unknown_user_is_refused(ask: Ask) -> None:
    """Without configured credentials there is the user 'default' and no other."""
    basic = base64.b64encode(b"someone:secret").decode()
    reply = ask("SELECT 1", headers={"Authorization": f"Basic {basic}"})
    assert (reply.status, reply.headers["x-clickhouse-exception-code"]) == (403, "516")
    assert ask("SELECT 1", user="default", password="").text == "1\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_works(clickhouse: ClickHouseServer) -> None:
    """The one-liners of ClickHouse's documentation work."""
    url = f"{clickhouse.url}/?default_format=JSONEachRow"
    command = ["curl", "-sS", url, "--data-binary", "@-"]
    done = subprocess.run(command, input=b"SELECT 1 AS one", capture_output=True, check=True)
    assert json.loads(done.stdout) == {"one": 1}


def test_large_results_are_streamed(clickhouse: ClickHouseServer) -> None:
    """The first rows of an endless result arrive while the query runs."""
    connection = http.client.HTTPConnection("127.0.0.1", clickhouse.port)
    connection.request("POST", "/", "SELECT number FROM system.numbers")
    response = connection.getresponse()
    assert response.read(4) == b"0\n1\n"
    # shutdown, not close: the response object would keep the socket open
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert threading.active_count() < 50
