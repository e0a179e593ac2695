"""
ClickHouse's errors as its HTTP interface shows them: code, name, text and HTTP status.

The engine reports ``Code: 47. DB::Exception: … (UNKNOWN_IDENTIFIER)``; clients read the number from a header and the
text from the body, so both are kept. Errors that arise before the engine is asked use the codes that a server uses.
"""

import re
from typing import Final, Self

_BAD_REQUEST: Final = frozenset(
    {6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676}
)
_NOT_FOUND: Final = frozenset({46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511})
_FORBIDDEN: Final = frozenset({192, 193, 497, 512, 516})
_STATUS_OF_CODE: Final = {194: 401, 229: 413, 48: 501, 209: 503, 76: 503, 439: 503, 381: 411, 159: 408, 779: 415}
_ENGINE_TEXT: Final = re.compile(
    r"Code: (?P<code>\d+)\. DB::(?:Net)?Exception:"
    r" (?P<message>.*?)\s*\((?P<name>[A-Z][A-Z0-9_]+)\)\s*(?:\(version .*\))?\s*$",
    re.DOTALL,
)
_REPEATED_HEAD: Final = re.compile(r"^(?:Code: \d+\. DB::(?:Net)?Exception: )+")
_REPEATED_TAIL: Final = re.compile(r"(?:\s*\([A-Z][A-Z0-9_]+\) \(version [^)]*\)\.?)+\s*$")


class ClickHouseError(Exception):
    """
    An error to be answered in ClickHouse's own form.

    Attributes:
        code: ClickHouse's error number.
        name: Its name, such as ``UNKNOWN_TABLE``.
        message: What happened, without number and name.
    """

    def __init__(self, code: int, name: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message
        self.status = http_status(code) if status is None else status

    @classmethod
    def from_engine(cls, text: str) -> Self:
        """Read the engine's *text*; what does not look like one of its errors becomes a ``STD_EXCEPTION``."""
        found = _ENGINE_TEXT.search(text)
        if found is None:
            return cls(1001, "STD_EXCEPTION", text.strip())
        message = _REPEATED_TAIL.sub("", _REPEATED_HEAD.sub("", found["message"]))
        return cls(int(found["code"]), found["name"], message.rstrip(". "))

    def text(self, version: str) -> str:
        """The body of the answer."""
        return f"Code: {self.code}. DB::Exception: {self.message}. ({self.name}) (version {version})\n"


def http_status(code: int) -> int:
    """The HTTP status that a ClickHouse server gives for error *code*."""
    if code in _BAD_REQUEST:
        return 400
    if code in _NOT_FOUND:
        return 404
    if code in _FORBIDDEN:
        return 403
    return _STATUS_OF_CODE.get(code, 500)


def syntax_error(message: str) -> ClickHouseError:
    """The statement cannot be read."""
    return ClickHouseError(62, "SYNTAX_ERROR", message)


def bad_compression(message: str) -> ClickHouseError:
    """A request body is not what its ``Content-Encoding`` or ``decompress`` says."""
    return ClickHouseError(271, "CANNOT_DECOMPRESS", message, status=400)


def too_many_queries(limit: int) -> ClickHouseError:
    """All slots for running queries are taken."""
    return ClickHouseError(
        202, "TOO_MANY_SIMULTANEOUS_QUERIES", f"Too many simultaneous queries. Maximum: {limit}", status=503
    )


def read_only(what: str) -> ClickHouseError:
    """A request that may only read tried something else."""
    return ClickHouseError(164, "READONLY", f"Cannot execute {what} in readonly mode")


def client_gone() -> ClickHouseError:
    """The client hung up before its request was complete."""
    return ClickHouseError(236, "ABORTED", "The client closed the connection", status=499)
