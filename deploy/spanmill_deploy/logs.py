"""
Log lines of all parts on one stream, each with the name of its part.

Text that a part prints may come from the spans it handles, so control characters, which could move the cursor of a
terminal or rewrite what stands on it, are taken out.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Protocol

import click

MAX_LINE_BYTES: Final = 64 * 1024
COLORS: Final = ("cyan", "yellow", "green", "magenta", "blue", "bright_cyan", "bright_yellow", "bright_green")
_ESCAPE_SEQUENCES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain(line: str) -> str:
    """*line* without escape sequences and control characters; tabs stay."""
    return _CONTROL_CHARACTERS.sub("", _ESCAPE_SEQUENCES.sub("", line)).rstrip()


class Stream(Protocol):
    """What log lines are written to."""

    def write(self, text: str, /) -> int:
        """Take *text*."""

    def flush(self) -> None:
        """Pass on what was taken."""


class Lines:
    """Cuts the bytes that a process prints into lines; a line that is too long becomes several."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the lines that *data* completes."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield from _pieces(line)
        while len(self._rest) >= MAX_LINE_BYTES:
            piece, self._rest = self._rest[:MAX_LINE_BYTES], self._rest[MAX_LINE_BYTES:]
            yield _text(piece)

    def end(self) -> Iterator[str]:
        """Yield what was printed after the last line break."""
        if self._rest:
            yield _text(self._rest)
        self._rest = b""


class LogWriter:
    """Writes ``part | line``, with a coloured label on a terminal, or a JSON object a line."""

    def __init__(
        self,
        stream: Stream,
        part_names: Iterable[str],
        *,
        as_json: bool = False,
        is_colored: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        names = list(part_names)
        self._stream: Stream = stream
        self._as_json = as_json
        self._width = max(map(len, names), default=0)
        self._colors = {name: COLORS[i % len(COLORS)] for i, name in enumerate(names)} if is_colored else {}
        self._now = now

    def write(self, part: str, line: str) -> None:
        """Write one line of *part*; a stream that nobody reads any more is no reason to stop."""
        text = self._json(part, plain(line)) if self._as_json else f"{self._label(part)} | {plain(line)}"
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = _Nowhere()

    def _label(self, part: str) -> str:
        label = part.ljust(self._width)
        return click.style(label, fg=self._colors[part]) if part in self._colors else label

    def _json(self, part: str, line: str) -> str:
        return json.dumps({"time": self._now().isoformat(), "part": part, "message": line}, ensure_ascii=False)


class PartHandler(logging.Handler):
    """Sends records of the supervisor's own loggers to a `LogWriter`, under the name of a part."""

    def __init__(self, writer: LogWriter, part: str) -> None:
        super().__init__()
        self._writer = writer
        self._part = part

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, one line of the log for each of its own."""
        for line in self.format(record).splitlines():
            self._writer.write(self._part, line)


class _Nowhere:
    """A stream that forgets."""

    def write(self, text: str, /) -> int:
        return len(text)

    def flush(self) -> None:
        return


def _pieces(line: bytes) -> Iterator[str]:
    for start in range(0, max(len(line), 1), MAX_LINE_BYTES):
        yield _text(line[start : start + MAX_LINE_BYTES])


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
