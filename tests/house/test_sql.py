"""SQL lives in files of the store: none elsewhere, each file documented and used, each use backed by a file."""

import ast
import re
from collections.abc import Iterator

import pytest

from support.source_tree import ROOT, Module, modules, strings

SQL = re.compile(
    r"\bSELECT\b[\s\S]*\bFROM\b"
    r"|\bINSERT\s+INTO\b"
    r"|\b(CREATE|ALTER|DROP|TRUNCATE|OPTIMIZE|RENAME|ATTACH|DETACH|EXCHANGE|DESCRIBE)\s+"
    r"(OR\s+REPLACE\s+)?(TEMPORARY\s+|MATERIALIZED\s+)?(TABLE|DATABASE|VIEW|DICTIONARY|USER|FUNCTION)\b"
    r"|\bDELETE\s+FROM\b|\bEXPLAIN\s+\w+\s+SELECT\b|\bFORMAT\s+(JSON|CSV|TSV|Native|Parquet|Arrow)"
    r"|^\s*(SELECT|WITH)\s|^\s*(?i:select\s+[\w*(),. ]+\sfrom\s+\w+)"
)
QUERIES = ROOT / "store/spanmill_store/sql/queries"
QUERY_NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z0-9_]+)+")


def query_names() -> list[str]:
    """The names of all query files."""
    return sorted(path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.rglob("*.sql"))


def used_names(module: Module) -> Iterator[tuple[int, str]]:
    """Line and text of each literal in *module* that can only be the name of a query."""
    folders = {name.partition("/")[0] for name in query_names()}
    asked = {id(node) for node in _asked_of_store(module.tree())}
    for node, text in strings(module.tree()):
        if QUERY_NAME.fullmatch(text) and (id(node) in asked or text.partition("/")[0] in folders):
            yield node.lineno, text


def _asked_of_store(tree: ast.AST) -> Iterator[ast.expr]:
    """First arguments of ``….rows(…)`` and ``….run(…)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"rows", "run"}:
            yield from node.args[:1]


@pytest.mark.parametrize("module", [m for m in modules() if m.package != "spanmill_store"], ids=lambda m: m.name)
def test_no_sql_outside_store(module: Module) -> None:
    """No string in a module outside the store looks like a statement."""
    found = [f"{module.shown}:{node.lineno}: {text!r}" for node, text in strings(module.tree()) if SQL.search(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["SELECT a\nFROM b", "select a, b from c", "INSERT INTO t", "CREATE MATERIALIZED VIEW v", "EXPLAIN PLAN SELECT 1"],
)
def test_sql_is_recognised(text: str) -> None:
    """Statements are seen in either case and over several lines."""
    assert SQL.search(text)


@pytest.mark.parametrize("text", ["Select what to score.", "take it from there", "Drop the table", "--format jsonl"])
def test_prose_is_not_sql(text: str) -> None:
    """Sentences that share words with SQL pass."""
    assert not SQL.search(text)


@pytest.mark.parametrize("name", query_names())
def test_query_has_header(name: str) -> None:
    """A query file begins with a comment that says what it is for."""
    first = QUERIES.joinpath(f"{name}.sql").read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r"-- \S.{8,}", first), f"{name}.sql begins with {first!r}"


def test_every_query_is_used() -> None:
    """No query file is left over; those of the cookbook are for people, who name them."""
    used = {name for module in modules() for _, name in used_names(module)}
    used |= {name for name in query_names() if name.startswith("cookbook/")}
    assert set(query_names()) - used == set()


def test_every_used_query_exists() -> None:
    """No module asks for a query that is not there."""
    known = set(query_names())
    wrong = [
        f"{module.shown}:{line} asks for {name}"
        for module in modules()
        for line, name in used_names(module)
        if name not in known
    ]
    assert wrong == []
