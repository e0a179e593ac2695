"""What the key of an attribute decides: whether its value is shown, and whether it is content. Each is decided once."""

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from spanmill.masking import content
from spanmill.masking.hits import marker
from spanmill.masking.mask import Mask
from spanmill.masking.names import MIN_TOKEN_CHARS, secrecy
from spanmill.masking.texts import SECRET, Texts

Hides = Literal["nothing", "everything", "secrets", "tokens", "texts"]

DENIED: Final = marker("value")
NOT_ALLOWED: Final = marker("text")

_ALWAYS_ALLOWED: Final = (
    "*.kind",
    "*.model",
    "*.model_name",
    "*.operation.name",
    "*.provider.name",
    "gen_ai.system",
    "*.finish_reasons",
    "error.type",
    "exception.type",
    "gen_ai.evaluation.name",
    "gen_ai.evaluation.score.label",
    "span.name",
    "event.name",
    "event_name",
    "scope.name",
    "severity_text",
    "spanmill.*",
    "service.*",
    "telemetry.*",
)
"""Without these no span could be told from any other."""

_MAX_KNOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a key decides.

    Attributes:
        key: As it is sent: it may hold an address itself.
        hides: Which values are hidden because of it.
        mark: What stands in their place.
        is_content: Whether the value is content, see `spanmill.masking.content`.
        is_quoting: Whether it tells of content in words of its own.
        is_parameters: Whether it holds content beside numbers.
        is_open: Whether it decides nothing of all that, where content is captured.
    """

    key: str
    hides: Hides
    mark: str
    is_content: bool
    is_quoting: bool
    is_parameters: bool
    is_open: bool

    def is_hidden(self, value: object) -> bool:
        """Whether *value* is hidden because of the key."""
        match self.hides:
            case "nothing":
                return False
            case "secrets":
                return value is not None and not isinstance(value, bool) and value != ""
            case "tokens":
                return not isinstance(value, int | float | None) and len(str(value)) >= MIN_TOKEN_CHARS
            case "texts":
                return not isinstance(value, int | float | None)
            case _:
                return True


class Keys(dict[str, Decision]):
    """Decisions by key, made when they are first asked for."""

    def __init__(self, mask: Mask, texts: Texts) -> None:
        self._texts = texts
        self._is_denied = _matcher(mask.deny)
        self._is_kept = _matcher(mask.keep)
        self._is_allowed = _matcher((*_ALWAYS_ALLOWED, *mask.allow)) if mask.allow is not None else None
        self._knows_names = "credentials" in mask.kinds()

    def __missing__(self, key: str) -> Decision:
        """Decide; an application that makes keys up without end does not fill the memory."""
        hides, mark = self._hides(key)
        shown = self._texts.masked(key)
        kinds = (content.is_content(key), content.is_quoting(key), content.is_parameters(key))
        decision = Decision(shown, hides, mark, *kinds, is_open=hides == "nothing" and shown == key)
        if len(self) < _MAX_KNOWN:
            self[key] = decision
        return decision

    def _hides(self, key: str) -> tuple[Hides, str]:
        if self._is_denied(key):
            return "everything", DENIED
        named = secrecy(key) if self._knows_names and not self._is_kept(key) else "none"
        if named != "none":
            return ("secrets" if named == "secret" else "tokens"), SECRET
        if self._is_allowed is not None and not self._is_allowed(key):
            return "texts", NOT_ALLOWED
        return "nothing", ""


def _matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    if not globs:
        return lambda _: False
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs), re.IGNORECASE)
    return lambda key: pattern.match(key) is not None
