"""
How a Python scorer is called: with its target, or with an output, what is expected and the rest, as autoevals do.

Which it is follows from its parameters: whoever has one called ``output`` is called by name. No library is named here.
"""

import asyncio
import functools
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from spanmill_scoring.python_source import ScorerNotFound
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_store.suggestions import nearest
from spanmill_store.targets import Target

Scorer = Callable[[Target], object]

_SEEN: Final[Mapping[str, Callable[[Target], object]]] = {
    "input": lambda target: target.input,
    "output": lambda target: target.output,
    "context": lambda target: list(target.documents),
}
"""What a scorer that is called by name may ask for, besides what is expected."""

_GIVEN: Final = frozenset({*_SEEN, "expected"})
_REQUIRED: Final = inspect.Parameter.empty


def made(found: object, wanted: PythonScorer) -> Scorer:
    """
    Return the scorer that *found*, what *wanted* names, stands for: a class is made, and who wants options gets them.

    Raises:
        ScorerNotFound: It cannot be made with these options, or not be called.
    """
    scorer = _with_options(found, wanted)
    call = scorer if callable(scorer) else getattr(scorer, "eval", None) or getattr(scorer, "eval_async", None)
    if not callable(call):
        raise ScorerNotFound(
            f"Python scorer {wanted.scorer!r} cannot be called: it must be a function of one target, "
            "or a class whose instances can be called with one."
        )
    parameters = _parameters(call)
    _check_expected(parameters, wanted)
    if "output" in parameters:
        return functools.partial(_by_name, call, wanted, tuple(name for name in _SEEN if _takes(parameters, name)))
    return functools.partial(_by_target, call)


def _check_expected(parameters: Mapping[str, inspect.Parameter], wanted: PythonScorer) -> None:
    if wanted.expects and ("output" not in parameters or not _takes(parameters, "expected")):
        key = "attribute" if wanted.attribute else "expected"
        raise ScorerNotFound(
            f"Python scorer {wanted.scorer!r} is not called with output and expected, so {key!r} says nothing to it: "
            "leave it out, or make it one of its options."
        )
    needs = "output" in parameters and "expected" in parameters and parameters["expected"].default is _REQUIRED
    if needs and not wanted.expects:
        raise ScorerNotFound(
            f"Python scorer {wanted.scorer!r} needs to know what is expected: add 'expected', or 'attribute' with the "
            "key of a span attribute that holds it."
        )


def _by_target(call: Callable[..., object], target: Target) -> object:
    return _awaited(call(target))


def _by_name(call: Callable[..., object], wanted: PythonScorer, names: tuple[str, ...], target: Target) -> object:
    keywords = {name: _SEEN[name](target) for name in names}
    if wanted.attribute is not None:
        found = (span.attributes.get(wanted.attribute) for span in target.spans)
        keywords["expected"] = next((text for text in found if text), None)
        if keywords["expected"] is None:
            return None
    elif wanted.expected is not None:
        keywords["expected"] = wanted.expected
    return _awaited(call(**keywords))


def _awaited(returned: object) -> object:
    return _runner(os.getpid()).run(_value(returned)) if isinstance(returned, Awaitable) else returned


async def _value(coming: Awaitable[Any]) -> object:
    value: object = await coming
    return value


@functools.cache
def _runner(process: int) -> asyncio.Runner:  # noqa: ARG001 - the key: a loop is of no use to a child that inherits it
    """One loop for all targets of a process: clients keep their connections from one target to the next."""
    return asyncio.Runner()


def _with_options(found: object, wanted: PythonScorer) -> object:
    if not callable(found):
        return found
    _check_options(found, wanted)
    if isinstance(found, type):
        return _instance(found, wanted)
    return functools.partial(found, **wanted.options) if wanted.options else found


def _instance(kind: type, wanted: PythonScorer) -> object:
    try:
        made: object = kind(**wanted.options)
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())[:300]
        raise ScorerNotFound(
            f"Python scorer {wanted.scorer!r} cannot be made: {type(error).__name__}: {text}."
        ) from error
    return made


def _check_options(found: Callable[..., object], wanted: PythonScorer) -> None:
    """Refuse options that *found* does not take, and the lack of those that it cannot do without."""
    parameters = _parameters(found)
    takes = [one.name for one in parameters.values() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    if not inspect.isclass(found):  # what a function gets at every call is no option
        takes = [name for name in takes if name not in _GIVEN] if "output" in parameters else takes[1:]
    for name in wanted.options:
        if name not in takes and not (parameters and _takes(parameters, name)):
            match = nearest(name, takes)
            hint = f"did you mean {match!r}?" if match else f"it takes {', '.join(takes) or 'none'}."
            raise ScorerNotFound(f"Python scorer {wanted.scorer!r} does not take the option {name!r}: {hint}")
    for name in takes:
        if parameters[name].default is _REQUIRED and name not in wanted.options:
            raise ScorerNotFound(f"Python scorer {wanted.scorer!r} needs the option {name!r}: add it to its options.")


def _takes(parameters: Mapping[str, inspect.Parameter], name: str) -> bool:
    return name in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def _parameters(call: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(call).parameters
    except (TypeError, ValueError):
        return {}  # something compiled, which does not tell
