"""What ClickHouse's own parser makes of a statement: a second opinion on what the guard let through."""

import re
from dataclasses import dataclass, field

from support.http_query import Ask

_NODE = re.compile(r"(?P<indent> *)(?P<kind>\w+)(?: (?P<name>.*?))?(?: \(alias .*?\))?(?: \(children \d+\))?$")
_HARMLESS_ROOTS = {"SelectWithUnionQuery", "SelectIntersectExceptQuery"}


@dataclass(slots=True)
class EngineView:
    """A statement as the engine reads it."""

    root: str = ""
    tables: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    oddities: list[str] = field(default_factory=list)
    """Table functions, names behind IN, settings, and whatever is no question."""


def engine_view(ask: Ask, sql: str) -> EngineView | None:
    """Let the server parse *sql*, without running it; None if it cannot."""
    reply = ask(f"EXPLAIN AST {sql}", readonly=1)
    if reply.status != 200:
        assert reply.headers["x-clickhouse-exception-code"] == "62", reply.text
        return None
    nodes = [match for line in reply.body.decode("utf-8", "replace").splitlines() if (match := _NODE.match(line))]
    view = EngineView(root=nodes[0]["kind"])
    if view.root not in _HARMLESS_ROOTS:
        view.oddities.append(view.root)
    parents: dict[int, tuple[str, str]] = {}
    for node in nodes:
        depth, kind, name = len(node["indent"]), node["kind"], node["name"] or ""
        parent = parents.get(depth - 1, ("", ""))
        grandparent = parents.get(depth - 2, ("", ""))
        if kind == "TableIdentifier":
            view.tables.add(name)
        elif kind == "Function" and parent[0] == "TableExpression":
            view.oddities.append(f"table function {name}")
        elif kind == "Function":
            view.functions.add(name)
        elif kind == "Set":
            view.oddities.append("SETTINGS")
        elif kind == "Identifier" and re.fullmatch(r"(global)?(not)?(null)?in", grandparent[1], re.IGNORECASE):
            view.oddities += [f"IN {name}"] if parents.get(-depth) == grandparent else []
        if grandparent[0] == "Function":
            parents[-depth] = grandparent  # a second child of the same call has a predecessor
        parents[depth] = (kind, name)
    return view
