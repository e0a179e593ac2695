"""YAML with line numbers: plain data, and for every place in it the line where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarint import ScalarInt
from ruamel.yaml.scalarstring import ScalarString

MAX_DEPTH: Final = 30

Place = tuple[str | int, ...]


class InvalidYaml(Exception):
    """The text is not YAML that we read; `line` is counted from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (dict, list, str, int, float, bool, None, dates) and the line of each place in it."""

    data: object
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Line of *place*, or of the nearest enclosing one that has a line."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def parse(text: str) -> Document:
    """
    Read one YAML document.

    Raises:
        InvalidYaml: It is not YAML, or nested deeper than `MAX_DEPTH`.
    """
    reader = YAML(typ="rt")
    reader.allow_duplicate_keys = False
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or error.context or "it cannot be read").splitlines()[0]
        raise InvalidYaml(problem, mark.line + 1 if mark else 1) from error
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError) as error:
        # ruamel.yaml lets errors of its constructors through for odd tags and keys.
        raise InvalidYaml(str(error).splitlines()[0] if str(error) else "it cannot be read", 1) from error
    lines: dict[Place, int] = {(): 1}
    return Document(_plain(tree, (), lines), lines)


def _plain(node: object, place: Place, lines: dict[Place, int]) -> object:
    if len(place) > MAX_DEPTH:
        raise InvalidYaml(f"it is nested deeper than {MAX_DEPTH} levels", lines.get(place[:-1], 1))
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value, _at(node, key, place, lines), lines) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value, _at(node, index, place, lines), lines) for index, value in enumerate(node)]
    if isinstance(node, Mapping | set | frozenset):
        raise InvalidYaml("only plain mappings, lists and values are understood", lines.get(place, 1))
    if isinstance(node, Sequence) and not isinstance(node, str | bytes):
        return [_plain(value, (*place, index), lines) for index, value in enumerate(node)]
    return _scalar(node)


def _at(node: CommentedMap | CommentedSeq, key: object, place: Place, lines: dict[Place, int]) -> Place:
    inner: Place = (*place, key if isinstance(key, int) and isinstance(node, CommentedSeq) else str(key))
    position = (node.lc.data or {}).get(key)
    if position:
        lines[inner] = int(position[0]) + 1
    return inner


def _scalar(node: object) -> object:
    if isinstance(node, ScalarString):
        return str(node)
    if isinstance(node, ScalarFloat):
        return float(node)
    if isinstance(node, ScalarInt):
        return int(node)
    return node
