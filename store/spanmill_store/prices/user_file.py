"""Reading a user's price file: YAML, TOML or JSON becomes entries, or one sentence says what is wrong and where."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from spanmill_store.errors import SpanmillError
from spanmill_store.prices.entries import PriceEntry, PriceFile, TierEntry
from spanmill_store.suggestions import nearest
from spanmill_store.yaml_lines import Document, InvalidYaml, Place, parse

MAX_BYTES: Final = 4_000_000

_MESSAGES: Final = {
    "model_type": "it should be a mapping",
    "tuple_type": "it should be a list",
    "string_type": "it should be text",
    "string_too_short": "it should not be empty",
    "float_type": "it should be a number, without quotes and currency",
    "int_type": "it should be a whole number",
    "greater_than_equal": "it should not be negative",
    "less_than_equal": "it should be at most {le:g}, in US dollars",
    "finite_number": "it should be finite",
}
"""Kinds of findings that pydantic words for programmers."""

_MAX_SHOWN: Final = 60


class PriceFileError(SpanmillError):
    """The price file cannot be used; none of it is."""


@dataclass(frozen=True, slots=True)
class UserPrices:
    """The entries of a file, and its name."""

    file: str
    entries: tuple[PriceEntry, ...]

    @property
    def origin(self) -> str:
        """Where a price from it comes from, as people are told."""
        return f"{ORIGIN_PREFIX}{self.file}"


ORIGIN_PREFIX: Final = "file "


def load(path: Path) -> UserPrices:
    """
    Read the file at *path*.

    Raises:
        PriceFileError: It is not there, or something in it is wrong; the sentence names the first mistake.
    """
    document = _read(path)
    if not isinstance(document.data, Mapping):
        raise PriceFileError(f"{path}: the file should be a mapping with the key 'prices', a list of prices.")
    try:
        entries = PriceFile.model_validate(document.data).prices
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise PriceFileError(f"{_where(path, document, tuple(detail['loc']))}: {_sentence(detail)}") from error
    _require_unique(path, document, entries)
    return UserPrices(path.name, entries)


def _read(path: Path) -> Document:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise PriceFileError(f"{path} is no price file: its name should end in {', '.join(_READERS)}.")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PriceFileError(f"{path} is larger than {MAX_BYTES} bytes: a price file holds prices only.")
        return read(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PriceFileError(f"{path} cannot be read ({error.strerror}): correct SPANMILL_PRICES.") from error
    except UnicodeDecodeError as error:
        raise PriceFileError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error
    except InvalidYaml as error:
        raise PriceFileError(f"{path}, line {error.line}: this is not YAML: {error}.") from error
    except json.JSONDecodeError as error:
        raise PriceFileError(f"{path}, line {error.lineno}: this is not JSON: {error.msg}.") from error
    except tomllib.TOMLDecodeError as error:
        raise PriceFileError(f"{path}: this is not TOML: {error}.") from error
    except RecursionError as error:
        raise PriceFileError(f"{path}: it is nested too deeply to be a price file.") from error


_READERS: Final[Mapping[str, Callable[[str], Document]]] = {
    ".yaml": parse,
    ".yml": parse,
    ".toml": lambda text: Document(tomllib.loads(text), {}),
    ".json": lambda text: Document(json.loads(text), {}),
}


def _require_unique(path: Path, document: Document, entries: tuple[PriceEntry, ...]) -> None:
    seen: dict[object, int] = {}
    for number, entry in enumerate(entries):
        earlier = seen.setdefault((entry.provider, entry.model, entry.valid_from), number)
        if earlier != number:
            where, first = (_where(path, document, ("prices", index)) for index in (number, earlier))
            raise PriceFileError(
                f"{where}: {entry.model!r} has a price for the same days at {first.removeprefix(f'{path}, ')}: "
                f"remove one, or give them different days in valid_from."
            )


def _where(path: Path, document: Document, place: Place) -> str:
    """Return the file and the line; where the format tells no lines, the number of the entry."""
    if document.lines:
        return f"{path}, line {document.line(place)}"
    return f"{path}, entry {int(place[1]) + 1}" if len(place) > 1 else str(path)


def _sentence(detail: ErrorDetails) -> str:
    kind, place = detail["type"], detail["loc"]
    word = str(next((part for part in reversed(place) if isinstance(part, str)), "the file"))
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key {word!r}: {_suggestion(word, _keys_at(place))}"
    if kind == "missing":
        return f"{word!r} is missing: add it."
    if kind == "value_error":
        return f"{context.get('error', detail['msg'])}."
    message = _MESSAGES.get(kind, detail["msg"]).format(**context)
    return f"{word} is {_shown(detail['input'])}: {message[:1].lower()}{message[1:]}."


def _suggestion(word: str, known: list[str]) -> str:
    match = nearest(word, known)
    return f"did you mean {match!r}?" if match else f"known are {', '.join(known)}."


def _keys_at(place: Place) -> list[str]:
    model = TierEntry if "tiers" in place[:-1] else PriceEntry if "prices" in place[:-1] else PriceFile
    return list(model.model_fields)


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
