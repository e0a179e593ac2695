"""What an application may say about masking. Nothing is compiled here, for `import spanmill` pays for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

Pattern = Literal["credentials", "api_key", "jwt", "private_key", "card", "iban", "email", "phone"]
"""A kind of text that can be hidden. ``credentials``: what its name gives away, as in ``password=…``."""

Place = Literal["attribute", "event", "link", "resource", "scope", "status", "name", "log", "baggage"]
"""Where a value stands."""

Callback = Callable[[str, Any, Place], Any]
"""Given key, value and place, returns what is to be sent instead, None for nothing."""

ALL: Final[tuple[Pattern, ...]] = get_args(Pattern)
SECRETS: Final[tuple[Pattern, ...]] = ("credentials", "api_key", "jwt", "private_key", "card")
"""What nobody wants in a trace; the others, of people, some applications need there."""

MAX_VALUE_CHARS: Final = 100_000
MAX_ATTRIBUTES: Final = 1_000

_GROUPS: Final[dict[str, tuple[Pattern, ...]]] = {"none": (), "secrets": SECRETS, "all": ALL}


@dataclass(frozen=True, slots=True)
class Mask:
    """
    What `spanmill.init` hides before it sends: ``init(mask=Mask(patterns="all", deny=("*.address",)))``.

    Keys are those of attributes, ``http.request.header.cookie``, of all nested ones too; globs are matched whatever the
    case.

    Attributes:
        patterns: Kinds of texts to hide, ``"none"``, ``"secrets"`` or ``"all"``; None: ``SPANMILL_MASK``, else secrets.
        deny: Globs of keys whose values are hidden, in addition to those that ``credentials`` knows.
        allow: Globs of keys whose texts are sent; all other texts are hidden, but for names of models, operations and
            services. None: all keys.
        keep: Globs of keys that ``credentials`` would hide because of their names, and that are harmless here.
        callback: Given each key, value and place; returns the value to be sent, None for none. Patterns look at what
            it returns. Where it raises, or returns what no attribute can be, the value is hidden. It runs in the thread
            that sends, so that what it waits for, all spans wait for; of session and user, which go on to services
            that are called, it is asked where the session begins.
        max_value_chars: What is longer is cut, and says so.
        max_attributes: Of a span, an event and so on; how many are left out is an attribute then.
    """

    patterns: Sequence[Pattern] | Literal["none", "secrets", "all"] | None = None
    deny: Sequence[str] = ()
    allow: Sequence[str] | None = None
    keep: Sequence[str] = ()
    callback: Callback | None = None
    max_value_chars: int = MAX_VALUE_CHARS
    max_attributes: int = MAX_ATTRIBUTES

    def kinds(self) -> tuple[Pattern, ...]:
        """
        Return the kinds that are hidden.

        Raises:
            ValueError: One is not known.
        """
        chosen = "secrets" if self.patterns is None else self.patterns
        names = [chosen] if isinstance(chosen, str) else list(chosen)
        found = {kind for name in names for kind in _known(name)}
        return tuple(kind for kind in ALL if kind in found)

    def completed(self, name: str) -> "Mask":
        """Return this with what is still open taken from ``SPANMILL_MASK``, a word or kinds with commas between."""
        if self.patterns is not None or not name.strip():
            return self
        kinds = {kind for word in name.lower().split(",") if word.strip() for kind in _known(word.strip())}
        return replace(self, patterns=tuple(kind for kind in ALL if kind in kinds))


STRICT: Final = Mask(patterns="all")
"""What counts where nobody understands what was asked for."""


def _known(name: str) -> tuple[Pattern, ...]:
    for kind in ALL:
        if kind == name:
            return (kind,)
    if name not in _GROUPS:
        raise ValueError(f"{name!r} is no kind of text to hide: there are {', '.join((*_GROUPS, *ALL))}")
    return _GROUPS[name]


def listed(mask: object, environment: Mapping[str, str]) -> Mask:
    """
    Return *mask*, as the caller gave it, completed from *environment*.

    Raises:
        TypeError: It is no `Mask`, or holds what it cannot.
        ValueError: It names an unknown kind.
    """
    if not isinstance(mask, Mask | None):
        raise TypeError(f"mask={mask!r} is no spanmill.Mask")
    whole = (Mask() if mask is None else mask).completed(environment.get("SPANMILL_MASK", ""))
    whole.kinds()
    for limit in (whole.max_value_chars, whole.max_attributes):
        if not _is_limit(limit):
            raise ValueError(f"a limit of {limit!r} is no number above 0")
    if whole.callback is not None and not callable(whole.callback):
        raise TypeError(f"the callback {whole.callback!r} cannot be called")
    return replace(whole, deny=_globs(whole.deny), keep=_globs(whole.keep), allow=_allowed(whole.allow))


def _is_limit(given: object) -> bool:
    return isinstance(given, int) and given > 0


def _globs(given: Sequence[str]) -> tuple[str, ...]:
    globs = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(glob, str) for glob in globs):
        raise TypeError(f"{globs!r} holds what is no text")
    return globs


def _allowed(given: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else _globs(given)
