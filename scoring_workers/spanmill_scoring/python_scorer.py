"""Running a rule's Python scorer: loaded from beside the rules file, called per target, every failure a value."""

import contextlib
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from spanmill_scoring.outcomes import Failure, Outcome, outcome_of
from spanmill_scoring.python_source import ScorerNotFound, file_of
from spanmill_store.targets import Target

Scorer = Callable[[Target], object]


def load(reference: str, folder: Path) -> Scorer:
    """
    Import the scorer *reference* (``module:function``) of the rules in *folder*.

    Raises:
        ScorerNotFound: It is not there, its module fails when imported, or it cannot be called.
    """
    module_name, _, function_name = reference.partition(":")
    module = _imported(module_name, file_of(module_name, folder), folder)
    scorer = getattr(module, function_name, None)
    if not callable(scorer):
        raise ScorerNotFound(f"Python scorer {reference!r} cannot be called: it must be a function of one target.")
    loaded: Scorer = scorer
    return loaded


def score(scorer: Scorer, targets: Sequence[Target]) -> list[Outcome]:
    """Return the outcome of each of *targets*, in their order; one that raises does not touch the others."""
    return [_one(scorer, target) for target in targets]


def _one(scorer: Scorer, target: Target) -> Outcome:
    try:
        return outcome_of(scorer(target))
    except Exception as error:  # noqa: BLE001 - the border to the user's code: whatever it raises is that target's result
        text = " ".join(str(error).split())[:300]
        return Failure("scorer_error", f"the scorer raised {type(error).__name__}{': ' if text else ''}{text}")


def _imported(name: str, file: Path, folder: Path) -> ModuleType:
    # A name of its own: rules in two folders may both have a scorers.py, and neither may shadow an installed package.
    unique = f"spanmill_user_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]}_{name.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None:
        raise ScorerNotFound(f"Python module {name!r} cannot be loaded from {file}: name a .py file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        with _importable(folder):
            spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[unique]
        text = " ".join(str(error).split())[:300]
        raise ScorerNotFound(f"Python module {name!r} fails when imported: {type(error).__name__}: {text}.") from error
    return module


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a scorer module import its neighbours."""
    sys.path.insert(0, str(folder.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(folder.resolve()))
