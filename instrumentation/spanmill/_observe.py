"""The decorator `observe`: a span for every call of a function, whatever kind of function it is."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from spanmill._recording import Current, Kind, Recorder, Step

MAX_ITEMS: Final = 1000
"""Of what a generator yields, so many are kept for the span's output."""

_SELF: Final = ("self", "cls")


class Arguments:
    """Names the arguments of a function's calls, but for those that name the object it belongs to."""

    def __init__(self, signature: inspect.Signature | None) -> None:
        self._signature = signature
        kinds = [parameter.kind for parameter in signature.parameters.values()] if signature else []
        # Of most functions they can be named without the half of a call's cost that binding takes.
        is_plain = signature is not None and all(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds)
        self._names = tuple(signature.parameters) if signature is not None and is_plain else None
        self._own = next(iter(signature.parameters), "") if signature else ""

    def by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of one call, also of one that will fail for them."""
        names = self._names
        if names is not None and len(args) <= len(names):
            named = dict(zip(names, args, strict=False)) | kwargs
        else:
            named = self._bound(args, kwargs)
        if self._own in _SELF:
            named.pop(self._own, None)
        return named

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if self._signature is None:
            return {"args": args, **kwargs}
        try:
            return self._signature.bind(*args, **kwargs).arguments
        except TypeError:  # the call will fail with that very error, where it belongs
            return {"args": args, **kwargs}


@dataclass(frozen=True, slots=True)
class Plan:
    """How calls of one function are recorded."""

    recorder: Recorder
    name: str
    kind: Kind
    arguments: Arguments
    has_input: bool
    has_output: bool

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Current]:
        """Begin the span of a call, with its arguments."""
        begun = self.recorder.silent
        try:
            begun = self.recorder.begin(self.name, self.kind)
            if self.has_input and begun[0].shows_content:
                begun[0].set_input(self.arguments.by_name(args, kwargs))
        except Exception as error:
            self.recorder.guard.report("begin a span", error)
        return begun

    def end(self, step: Step, result: object) -> None:
        """End the span of a call that returned *result*."""
        if self.has_output:
            step.set_output(result)
        step.end()


def observed(plan: Plan, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function* with a span around each of its calls."""
    if inspect.isasyncgenfunction(function):
        return _async_generator(plan, function)
    if inspect.isgeneratorfunction(function):
        return _generator(plan, function)
    if inspect.iscoroutinefunction(function):
        return _coroutine(plan, function)
    return _function(plan, function)


def _function(plan: Plan, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        step, current = plan.begin(args, kwargs)
        try:
            with current:
                result = function(*args, **kwargs)
        except BaseException as error:
            step.fail(error)
            step.end()
            raise
        plan.end(step, result)
        return result

    return call


def _coroutine(plan: Plan, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        step, current = plan.begin(args, kwargs)
        try:
            with current:
                result = await function(*args, **kwargs)
        except BaseException as error:
            step.fail(error)
            step.end()
            raise
        plan.end(step, result)
        return result

    return call


def _generator(plan: Plan, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        inner, items = function(*args, **kwargs), list[Any]()
        step, current = plan.begin(args, kwargs)
        resume = functools.partial(next, inner)
        try:
            while True:
                # The span is current only while the generator runs, not while its caller has what it yielded.
                with current:
                    item = resume()
                if len(items) < MAX_ITEMS:
                    items.append(item)
                try:
                    resume = functools.partial(inner.send, (yield item))
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:  # thrown in by the caller, for the generator to see
                    resume = functools.partial(inner.throw, error)
        except StopIteration as stop:
            plan.end(step, items if stop.value is None else stop.value)
            return stop.value
        except GeneratorExit:
            plan.end(step, items)
            raise
        except BaseException as error:
            step.fail(error)
            plan.end(step, items)
            raise

    return call


def _async_generator(plan: Plan, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        inner, items = function(*args, **kwargs), list[Any]()
        step, current = plan.begin(args, kwargs)
        resume = functools.partial(inner.__anext__)
        try:
            while True:
                with current:
                    item = await resume()
                if len(items) < MAX_ITEMS:
                    items.append(item)
                try:
                    resume = functools.partial(inner.asend, (yield item))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:  # thrown in by the caller, for the generator to see
                    resume = functools.partial(inner.athrow, error)
        except StopAsyncIteration:
            plan.end(step, items)
        except GeneratorExit:
            plan.end(step, items)
            raise
        except BaseException as error:
            step.fail(error)
            plan.end(step, items)
            raise

    return call
