"""What the migrations are on a cluster, as text: all of it to look at, and rules that a program can check."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from spanmill_store import migrations
from spanmill_store.cluster import PLACEHOLDER, Cluster, statements
from spanmill_store.commands.migrate import migrate as command
from spanmill_store.errors import MigrationError
from spanmill_store.script import script
from support.processes import clean_environment

SNAPSHOT: Final = Path(__file__).parent / "cluster.sql"
"""``spanmill migrate --print --cluster main > tests/store/cluster.sql``: reviews see what a change means there."""

ON: Final = Cluster("main", "spanmill")
CREATED: Final = re.compile(
    r"CREATE (TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY) IF NOT EXISTS (\w+) ON CLUSTER 'main'(?: TO (\w+))?"
)
READ: Final = re.compile(r"\b(?:FROM|JOIN) (\w+)")


def rendered(on: Cluster | None) -> Iterator[str]:
    """Every statement that makes tables and views."""
    yield migrations.foundation(on)[1]
    for migration in migrations.known():
        for statement in migration.statements:
            yield from statements(statement, on)


def created() -> dict[str, str]:
    """Statement by the name that it creates."""
    return {found[2]: text for text in rendered(ON) if (found := CREATED.search(text))}


CLUSTERED: Final = created()
DISTRIBUTED: Final = {name for name, statement in CLUSTERED.items() if "ENGINE = Distributed(" in statement}
LOCAL: Final = {name for name in CLUSTERED if name.endswith("_local")}
NULL: Final = {name for name, statement in CLUSTERED.items() if statement.endswith("ENGINE = Null")}
STORED: Final = {name for name, statement in CLUSTERED.items() if re.search(r"ENGINE = \w*MergeTree", statement)}
VIEWS: Final = {
    found[2]: found[3] for text in CLUSTERED.values() if (found := CREATED.search(text)) and found[1].startswith("MAT")
}


def sources(name: str) -> set[str]:
    """Tables and views of ours that the view *name* reads."""
    return set(READ.findall(CLUSTERED[name])) & CLUSTERED.keys()


def test_the_schema_of_a_cluster_is_the_committed_one() -> None:
    """A change of a migration shows what it does to a cluster; if it is meant, print the schema into the file anew."""
    assert script("spanmill", ON) == SNAPSHOT.read_text()


def test_each_storage_table_is_replicated() -> None:
    """Nothing lives on one node only, and what is whole everywhere has a path that names no shard."""
    for name in STORED:
        assert re.search(r"ENGINE = Replicated\w*MergeTree", CLUSTERED[name]), name
        assert ("/everywhere'" in CLUSTERED[name]) == (name not in LOCAL), name


@pytest.mark.parametrize(("on", "window"), [(None, "non_replicated_deduplication_window"), (ON, " replicated_dedup")])
def test_each_storage_table_remembers_what_was_inserted(on: Cluster | None, window: str) -> None:
    """A repeated insert is dropped, on one node and on a cluster."""
    stored = [statement for statement in rendered(on) if re.search(r"^ENGINE = .*MergeTree", statement, re.MULTILINE)]
    assert len(stored) == len(STORED)
    assert [statement[:80] for statement in stored if window not in statement] == []


def test_each_share_has_a_twin() -> None:
    """What a shard has a share of is known everywhere under the plain name, and nothing else is distributed."""
    assert {name.removesuffix("_local") for name in LOCAL} == DISTRIBUTED


def test_what_belongs_to_a_trace_is_sharded_by_it() -> None:
    """
    Spans, content, scores, flags and the ledger of a trace meet on one shard; what is small is whole on every node.

    What is said of a whole session lies where its id says, and beside no trace.
    """
    for name in LOCAL:
        key = CLUSTERED[name.removesuffix("_local")].partition(f"'{name}', ")[2]
        if re.search(r"^ {4}TraceId", CLUSTERED[name], re.MULTILINE):
            assert "cityHash64(TraceId)" in key or "cityHash64(if(TraceId = '', SessionId, TraceId))" in key, name
    whole = {"dataset_rows", "review_queue", "notifications", "session_completions"}
    assert {name for name in STORED - LOCAL if "TraceId" in CLUSTERED[name]} == whole


def test_what_follows_rows_reads_the_shard() -> None:
    """A view that is run by an insert, or belongs to a shard, would see rows again if it read a distributed table."""
    for name in VIEWS.keys() | LOCAL:
        assert sources(name) <= LOCAL | NULL | (STORED - LOCAL), name


def test_rows_are_sent_to_shards_once() -> None:
    """From the requests on any node rows go to the shards; on a shard they stay, where their token is known already."""
    for name, target in VIEWS.items():
        assert target in (DISTRIBUTED if sources(name) <= NULL else LOCAL), name


def test_all_is_made_everywhere() -> None:
    """Every statement names the cluster, none a database, save those that distribute."""
    for name, statement in CLUSTERED.items():
        assert "ON CLUSTER 'main'" in statement
        assert ("'spanmill'" in statement) == (name in DISTRIBUTED)
        assert not re.search(r"\bspanmill\.\w", re.sub(r"'[^']*'|--.*", "", statement)), name


def test_placeholders_are_a_closed_set() -> None:
    """A comment in the middle of a statement is a placeholder that somebody documented, or a mistake."""
    for migration in migrations.known():
        text = re.sub(r"^\s*--.*$", "", migration.sql, flags=re.MULTILINE)
        assert re.findall(r"/\*.*?\*/", PLACEHOLDER.sub("", text)) == []
    assert [statement[:80] for statement in rendered(ON) if PLACEHOLDER.search(statement)] == []


def test_one_node_runs_the_files_as_they_are() -> None:
    """Nothing is filled in, so a file can be pasted into any client."""
    assert [text for one in migrations.known() for text in one.statements] == list(rendered(None))[1:]
    assert "ON CLUSTER" not in script("spanmill", None)


@pytest.mark.parametrize("name", ["", "a'b", "a b", "a;b"])
def test_a_name_is_a_name(name: str) -> None:
    """What would end the quotes is refused; macros are not."""
    assert Cluster("{cluster}", "spanmill").name == "{cluster}"
    with pytest.raises(MigrationError, match="is no name"):
        Cluster(name, "spanmill")


def test_printing_asks_no_server() -> None:
    """``--print`` writes the script for the database of the URL, for the cluster of the option or the setting."""
    url = ["--print", "--clickhouse-url", "http://127.0.0.1:1/here"]
    environment = clean_environment(SPANMILL_CLICKHOUSE_CLUSTER="main")
    chosen = CliRunner().invoke(command, [*url, "--cluster", "main"], env=clean_environment())
    assert chosen.output == script("here", Cluster("main", "here"))
    assert CliRunner().invoke(command, url, env=environment).output == chosen.output
    assert CliRunner().invoke(command, url, env=clean_environment()).output == script("here", None)
