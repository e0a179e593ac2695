"""Where a rule's Python scorer lives: found and read without running it."""

import ast
import importlib.util
import sys
from pathlib import Path

from spanmill_store.errors import SpanmillError
from spanmill_store.suggestions import nearest


class ScorerNotFound(SpanmillError):
    """A rule names a Python scorer that is not there."""


def file_of(module: str, folder: Path) -> Path:
    """
    Return the file of *module*: beside the rules file in *folder* first, then wherever Python finds it.

    Raises:
        ScorerNotFound: Neither has it.
    """
    base = folder.joinpath(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        known = sorted(path.stem for path in folder.glob("*.py"))
        suggestion = nearest(module, known)
        hint = (
            f"did you mean {suggestion!r}?" if suggestion else f"create {module.replace('.', '/')}.py beside the rules."
        )
        raise ScorerNotFound(f"there is no Python module {module!r}: {hint}")
    return Path(spec.origin)


def source_of(reference: str, folder: Path) -> str:
    """
    Return the text of the module that *reference* (``module:function``) names, having seen the function in it.

    Raises:
        ScorerNotFound: There is no such module or function, or the module is not valid Python.
    """
    module, _, function = reference.partition(":")
    file = file_of(module, folder)
    try:
        source = file.read_text(encoding="utf-8")
        names = _names_in(source)
    except (OSError, UnicodeDecodeError) as error:
        raise ScorerNotFound(f"Python module {module!r} cannot be read: {error}.") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else 1
        raise ScorerNotFound(f"Python module {module!r} is not valid Python at line {line}: correct it.") from error
    if function not in names:
        suggestion = nearest(function, names)
        hint = f"did you mean {suggestion!r}?" if suggestion else f"it has {', '.join(sorted(names)) or 'nothing'}."
        raise ScorerNotFound(f"Python module {module!r} has no function {function!r}: {hint}")
    return source


def text_of(kind: type) -> str:
    """The text of the module in which *kind* is written."""
    return Path(str(sys.modules[kind.__module__].__file__)).read_text(encoding="utf-8")


def _names_in(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names}
    return names
