"""
Which functions may be called: those in ``functions.txt``, and no others.

The file lists names as ClickHouse spells them, with ``*`` behind those that it takes in any letter case, ``+`` behind
aggregate functions, which may carry combinators (``-If``, ``-State``, …), and ``~`` behind what only rules may call.
`spanmill_store.guard.derivation` made it, and says what was left out and why.
"""

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Final

COMBINATORS: Final = (
    "SimpleState", "OrDefault", "Distinct", "ForEach", "ArgMax", "ArgMin", "OrNull", "Merge", "State", "Array", "Map",
    "If",
)  # fmt: skip
"""What may follow an aggregate function's name. -Resample is not among them: it multiplies memory."""


@dataclass(frozen=True, slots=True)
class Functions:
    """The allowed names, by whether letter case counts."""

    exact: frozenset[str]
    any_case: frozenset[str]
    aggregates: frozenset[str]

    def allows(self, name: str) -> bool:
        """Whether the function *name* may be called."""
        return self._is_listed(name) or self.is_aggregate(name)

    def is_aggregate(self, name: str) -> bool:
        """Whether *name* is an allowed aggregate function, with or without combinators."""
        while not self._is_listed(name):
            ending = next((suffix for suffix in COMBINATORS if name.endswith(suffix)), None)
            if ending is None:
                return False
            name = name.removesuffix(ending)
        return name.lower() in self.aggregates

    def suggestions(self) -> list[str]:
        """Names to suggest for a misspelt one."""
        return [*self.exact, *(f"{name}If" for name in self.exact if name.lower() in self.aggregates)]

    def _is_listed(self, name: str) -> bool:
        return name in self.exact or name.lower() in self.any_case


@functools.cache
def allowed(*, for_rules: bool = False) -> Functions:
    """The functions of ``functions.txt``; those that may take very long only *for_rules*, which the operator writes."""
    text = resources.files("spanmill_store.guard").joinpath("functions.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = {line.rstrip("*+~"): line for line in lines if for_rules or not line.endswith("~")}
    return Functions(
        exact=frozenset(names),
        any_case=frozenset(name.lower() for name, line in names.items() if "*" in line),
        aggregates=frozenset(name.lower() for name, line in names.items() if "+" in line),
    )
