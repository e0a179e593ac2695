"""Which package may import which, see the design: data is the only link between the parts."""

import ast
from collections.abc import Iterator

import pytest

from support.source_tree import PACKAGES, Module, modules

MAY_IMPORT: dict[str, set[str]] = {
    "spanmill": set(),
    "spanmill_pytest": {"spanmill"},
    "spanmill_store": set(),
    "spanmill_collector": {"spanmill_store"},
    "spanmill_scoring": {"spanmill_store"},
    "spanmill_evals": {"spanmill_store"},
    "spanmill_deploy": {"spanmill_store"},
}
DRIVERS = {"clickhouse_connect", "chdb"}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and top-level name of everything that *tree* imports, inside functions and by name too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and _is_import_call(node.func) and isinstance(node.args[0], ast.Constant):
            yield node.lineno, str(node.args[0].value).partition(".")[0]


def _is_import_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__"}


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_arrows(module: Module) -> None:
    """A package imports only those of ours that the design allows it."""
    allowed = MAY_IMPORT[module.package] | {module.package}
    wrong = [f"{module.shown}:{line} imports {name}" for line, name in imports(module.tree()) if name in PACKAGES]
    assert [message for message in wrong if message.rpartition(" ")[2] not in allowed] == []


def test_one_driver() -> None:
    """Only the store knows ClickHouse's driver and engine."""
    wrong = [
        f"{module.shown}:{line} imports {name}"
        for module in modules()
        if module.package != "spanmill_store"
        for line, name in imports(module.tree())
        if name in DRIVERS
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import spanmill_store.client as c", ["spanmill_store"]),
        ("from spanmill_store.client import Store", ["spanmill_store"]),
        ("def f():\n    import spanmill_evals", ["spanmill_evals"]),
        ("import importlib; importlib.import_module('spanmill_evals.cli')", ["spanmill_evals"]),
        ("from . import part", []),
    ],
)
def test_imports_are_found(source: str, expected: list[str]) -> None:
    """Imports are seen at the top, inside functions and by name."""
    assert [name for _, name in imports(ast.parse(source)) if name in PACKAGES] == expected
