"""The requests of one signal as one: equal resources and equal scopes are there once, and what they hold is by time."""

from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]

LEVELS: Final = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}
"""How the three levels of each signal are called."""

MACHINE: Final = ("host.", "process.", "os.", "container.", "service.instance.id")
"""How resource attributes begin that tell of the machine; they are left out."""


def merged(requests: list[Json], signal: str) -> Json:
    """One request that holds what *requests* hold."""
    outer, middle, inner = LEVELS[signal]
    resources: list[Json] = []
    for request in requests:
        for resource in request.get(outer, []):
            kept = [one for one in resource.get("resource", {}).get("attributes", []) if not _is_machine(one)]
            target = _same(resources, {**resource, "resource": {"attributes": kept}}, middle)
            for scope in resource.get(middle, []):
                _same(target[middle], scope, inner)[inner] += scope.get(inner, [])
    return {outer: resources}


def sort(request: Json, signal: str, place: Callable[[Json], tuple[int, int]]) -> None:
    """Put items in the order of their *place*, and scopes and resources in the order of their first item."""
    outer, middle, inner = LEVELS[signal]
    for resource in request[outer]:
        for scope in resource[middle]:
            scope[inner].sort(key=place)
        resource[middle].sort(key=lambda scope: place(scope[inner][0]))
    request[outer].sort(key=lambda resource: place(resource[middle][0][inner][0]))


def items(request: Json, signal: str) -> Iterator[Json]:
    """All spans or log records."""
    outer, middle, inner = LEVELS[signal]
    for resource in request.get(outer, []):
        for scope in resource[middle]:
            yield from scope[inner]


def _same(among: list[Json], wanted: Json, contents: str) -> Json:
    """The one of *among* that is equal to *wanted* but for its contents; added where there is none."""
    head = {key: value for key, value in wanted.items() if key != contents}
    for one in among:
        if {key: value for key, value in one.items() if key != contents} == head:
            return one
    among.append(head | {contents: []})
    return among[-1]


def _is_machine(attribute: Json) -> bool:
    return str(attribute["key"]).startswith(MACHINE)
