"""Where a rule's Python scorer lives: found and read without running it."""

import ast
import contextlib
import importlib.util
import sys
from importlib import metadata
from pathlib import Path

from spanmill_store.errors import SpanmillError
from spanmill_store.suggestions import nearest


class ScorerNotFound(SpanmillError):
    """A rule names a Python scorer that is not there."""


def beside(module: str, folder: Path) -> Path | None:
    """The file of *module* in *folder*, if there is one."""
    base = folder.joinpath(*module.split("."))
    return next((one for one in (base.with_suffix(".py"), base / "__init__.py") if one.is_file()), None)


def file_of(module: str, folder: Path) -> Path:
    """
    Return the file of *module*: beside the rules file in *folder* first, then wherever Python finds it.

    Raises:
        ScorerNotFound: Neither has it.
    """
    file = beside(module, folder) or _installed(module)
    if file is None:
        known = sorted(path.stem for path in folder.glob("*.py"))
        suggestion = nearest(module, known)
        hint = (
            f"did you mean {suggestion!r}?" if suggestion else f"create {module.replace('.', '/')}.py beside the rules."
        )
        raise ScorerNotFound(f"there is no Python module {module!r}: {hint}")
    return file


def source_of(reference: str, folder: Path) -> str:
    """
    Return the text that *reference* (``module:name``) stands for, having seen the function or class in it.

    That is its module's text, that of the module where a package takes the name from, and the package's release.

    Raises:
        ScorerNotFound: There is no such module or name, or the module is not valid Python.
    """
    module, _, name = reference.partition(":")
    file = file_of(module, folder)
    try:
        found = _sources(file, name)
        names = _names_in(ast.parse(file.read_text(encoding="utf-8"))) if found is None else set()
    except (OSError, UnicodeDecodeError) as error:
        raise ScorerNotFound(f"Python module {module!r} cannot be read: {error}.") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else 1
        raise ScorerNotFound(f"Python module {module!r} is not valid Python at line {line}: correct it.") from error
    if found is None:
        suggestion = nearest(name, names)
        hint = f"did you mean {suggestion!r}?" if suggestion else f"it has {', '.join(sorted(names)) or 'nothing'}."
        raise ScorerNotFound(f"Python module {module!r} has no function or class {name!r}: {hint}")
    return found + ("" if beside(module, folder) else _release(module))


def text_of(kind: type) -> str:
    """The text of the module in which *kind* is written."""
    return Path(str(sys.modules[kind.__module__].__file__)).read_text(encoding="utf-8")


def _installed(module: str) -> Path | None:
    """Where Python finds *module*; what is inside a package is looked for there, for to ask Python would import it."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return None
    return beside(".".join(rest), Path(spec.origin).parent) if rest else Path(spec.origin)


def _release(module: str) -> str:
    name = module.partition(".")[0]
    with contextlib.suppress(metadata.PackageNotFoundError):
        return f"\n{name} {metadata.version(name)}"
    return ""


def _sources(file: Path, name: str) -> str | None:
    """The text of *file* and of the neighbour that it has *name* from; None where it has no such name."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            neighbour = beside(node.module, file.parent)
            taken = next((alias.name for alias in node.names if (alias.asname or alias.name) in (name, "*")), None)
            if neighbour is None or taken is None:
                continue
            inner = _sources(neighbour, name if taken == "*" else taken)
            if inner is not None:
                return f"{text}\n{inner}"
    return text if name in _names_in(tree) else None


def _names_in(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names} - {"*"}
    return names
