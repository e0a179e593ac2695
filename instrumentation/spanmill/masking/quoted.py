"""Where a string or a structure ends in JSON, in JSON inside of JSON, and in what Python's ``repr`` writes."""

import re
from typing import Final

_DOUBLE: Final = re.compile(r'\\*"')
_SINGLE: Final = re.compile(r"\\*'")
_TOKEN: Final = re.compile(r"""\\*["']|[\[\]{}()]""")


def end_of_string(text: str, start: int, quote: str) -> int:
    """
    Return where the string ends whose content begins at *start*, behind *quote*; one without an end ends with the text.

    At each level of JSON in JSON, a quote has as many backslashes more as it had before, and one. So a quote ends the
    string when it has those of the first one, and besides only such as make whole backslashes.
    """
    depth = len(quote) - 1
    for found in (_DOUBLE if quote[-1] == '"' else _SINGLE).finditer(text, start):
        slashes = found.end() - 1 - found.start()
        if slashes % (2 * (depth + 1)) == depth or slashes < depth:
            return found.end() - 1 - min(depth, slashes)
    return len(text)


def end_of_structure(text: str, start: int) -> int:
    """Return where the list, object or call that begins at *start* ends; one without an end ends with the text."""
    depth, position = 0, start
    while found := _TOKEN.search(text, position):
        position = found.end()
        if found[0] in {"[", "{", "("}:
            depth += 1
        elif found[0] in {"]", "}", ")"}:
            depth -= 1
            if depth <= 0:
                return position
        else:
            position = _behind_string(text, found.end(), found[0])
    return len(text)


def _behind_string(text: str, start: int, quote: str) -> int:
    return min(end_of_string(text, start, quote) + len(quote), len(text))
