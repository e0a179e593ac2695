"""The project's own sources, for tests that read them."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

PACKAGES = {
    "spanmill": "instrumentation",
    "spanmill_pytest": "instrumentation",
    "spanmill_collector": "collector",
    "spanmill_store": "store",
    "spanmill_scoring": "scoring_workers",
    "spanmill_evals": "evals",
    "spanmill_deploy": "deploy",
}
"""Import name of each of our packages, and the folder it lies in."""


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file of ours."""

    path: Path
    name: str

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.name.partition(".")[0]

    @property
    def shown(self) -> str:
        """The path as a message shows it."""
        return str(self.path.relative_to(ROOT))

    def tree(self) -> ast.Module:
        """The parsed source."""
        return _parse(self.path)


def modules() -> list[Module]:
    """All modules of our packages."""
    found = []
    for package, folder in PACKAGES.items():
        base = ROOT / folder
        for path in sorted(base.joinpath(package).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            found.append(Module(path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)))
    return found


def files(*suffixes: str) -> list[Path]:
    """All files of the project that are or may become tracked, those with *suffixes* where some are given."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods in *tree*, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def strings(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    """All string literals in *tree* and their text, without docstrings; parts of an f-string count one by one."""
    documentation = set(map(id, _docstrings(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node, node.value


def _docstrings(tree: ast.AST) -> Iterator[ast.expr]:
    """Strings that stand alone as a statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


@functools.cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))
