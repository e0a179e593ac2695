"""A rule's Python scorer: loaded from beside the rules file or from a package, and called, every failure a value."""

import contextlib
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from spanmill_scoring import python_calls
from spanmill_scoring.outcomes import Failure, Outcome, outcome_of
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.python_source import ScorerNotFound, beside, file_of
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_store.targets import Target


def load(wanted: PythonScorer, folder: Path) -> Scorer:
    """
    Import the scorer that *wanted* names, of the rules in *folder*, and make it if it is a class.

    Raises:
        ScorerNotFound: It is not there, its module fails when imported, or it cannot be made or called.
    """
    module_name, _, name = wanted.scorer.partition(":")
    module = _imported(module_name, file_of(module_name, folder), folder)
    return python_calls.made(getattr(module, name, None), wanted)


def score(scorer: Scorer, targets: Sequence[Target]) -> list[Outcome]:
    """Return the outcome of each of *targets*, in their order; one that raises does not touch the others."""
    return [_one(scorer, target) for target in targets]


def raised(error: BaseException) -> Failure:
    """Return the outcome of a target about which a scorer raised *error*."""
    text = " ".join(str(error).split())[:300]
    return Failure("scorer_error", f"the scorer raised {type(error).__name__}{': ' if text else ''}{text}")


def _one(scorer: Scorer, target: Target) -> Outcome:
    try:
        return outcome_of(scorer(target))
    except Exception as error:  # noqa: BLE001 - the border to the user's code: whatever it raises is that target's result
        return raised(error)


def _imported(name: str, file: Path, folder: Path) -> ModuleType:
    try:
        if beside(name, folder) is None and ("." in name or file.stem == "__init__"):
            return importlib.import_module(name)
        with _importable(folder):
            return _executed(name, file)
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())[:300]
        raise ScorerNotFound(f"Python module {name!r} fails when imported: {type(error).__name__}: {text}.") from error


def _executed(name: str, file: Path) -> ModuleType:
    """Run *file* as a module of its own: rules in two folders may both have a scorers.py, and a changed one counts."""
    unique = f"spanmill_user_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]}_{name.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None:
        message = f"{file} is not Python"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a scorer module import its neighbours."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))
