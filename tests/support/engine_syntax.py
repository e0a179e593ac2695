"""What ClickHouse's own parser makes of a statement: a second opinion on what the guard let through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from support.http_query import Ask

_NODE = re.compile(r"(?P<indent> *)(?P<kind>\w+)(?: (?P<name>.*?))?(?: \(alias .*?\))?(?: \(children \d+\))?$")
_IN = re.compile("(global)?(not)?(null)?in(ignoreset)?", re.IGNORECASE)
_HARMLESS_ROOTS = {"SelectWithUnionQuery", "SelectIntersectExceptQuery"}


@dataclass(slots=True)
class _Node:
    kind: str
    name: str
    children: "list[_Node]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EngineView:
    """
    A statement as the engine reads it.

    Attributes:
        oddities: Table functions, names behind IN, settings, and whatever is no question.
    """

    tables: frozenset[str]
    functions: frozenset[str]
    oddities: tuple[str, ...]


def engine_view(ask: Ask, sql: str) -> EngineView | None:
    """Let the server parse *sql*, without running it; None if it cannot, so that it could not run either."""
    reply = ask(f"EXPLAIN AST {sql}".encode(), readonly=1)
    if reply.status != 200:
        return None
    root = _tree(reply.body.decode("utf-8", "replace").splitlines())
    nodes = list(_walk(root))
    return EngineView(
        tables=frozenset(node.name for node in nodes if node.kind == "TableIdentifier"),
        functions=frozenset(node.name for node in nodes if node.kind == "Function"),
        oddities=tuple(_oddities(root, nodes)),
    )


def _oddities(root: _Node, nodes: list[_Node]) -> Iterator[str]:
    if root.kind not in _HARMLESS_ROOTS:
        yield root.kind
    for node in nodes:
        if node.kind == "Set":
            yield "SETTINGS"
        if node.kind == "TableExpression" and node.children[0].kind not in {"TableIdentifier", "Subquery"}:
            yield f"reads {node.children[0].name}"
        if node.kind == "Function" and _IN.fullmatch(node.name) and node.children[0].children[1].kind == "Identifier":
            yield f"IN {node.children[0].children[1].name}"


def _tree(lines: list[str]) -> _Node:
    stack: list[_Node] = []
    for line in lines:
        match = _NODE.match(line)
        if match is None:
            continue  # a line within a literal
        node = _Node(match["kind"], match["name"] or "")
        del stack[len(match["indent"]) :]
        if stack:
            stack[-1].children.append(node)
        stack.append(node)
    return stack[0]


def _walk(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
