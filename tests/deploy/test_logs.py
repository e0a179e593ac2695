"""Labelled log lines."""

import io
import json
import logging
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from spanmill_deploy.logs import MAX_LINE_BYTES, Lines, LogWriter, PartHandler, plain


class BrokenStream(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, _text: str) -> int:
        """Fail as such a pipe does."""
        raise BrokenPipeError


def test_labels_are_aligned() -> None:
    """Each line carries the name of its part, padded to the longest one."""
    stream = io.StringIO()
    writer = LogWriter(stream, ["up", "collector"])
    writer.write("up", "one")
    writer.write("collector", "two")
    assert stream.getvalue() == "up        | one\ncollector | two\n"


def test_colored_label_plain_line() -> None:
    """On a terminal the label has a colour, the line has none, whatever the part printed."""
    stream = io.StringIO()
    LogWriter(stream, ["up"], is_colored=True).write("up", "\x1b[31mred\x1b[0m")
    assert stream.getvalue() == "\x1b[36mup\x1b[0m | red\n"


def test_json_lines() -> None:
    """As JSON, a line is an object with time, part and message."""
    stream = io.StringIO()
    writer = LogWriter(stream, ["up"], as_json=True, now=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    writer.write("up", 'a "quoted" line')
    expected = {"time": "2026-01-02T00:00:00+00:00", "part": "up", "message": 'a "quoted" line'}
    assert json.loads(stream.getvalue()) == expected


def test_control_characters_are_taken_out() -> None:
    """Cursor movements, titles, carriage returns and direction overrides do not reach the terminal; tabs do."""
    assert plain("a\x1b[2Kb\x1b]0;title\x07c\rd\x9be\u202ef\tg\r") == "abcdef\tg"


@given(st.text())
def test_plain_text_is_one_printable_line(text: str) -> None:
    """Whatever text comes, the result has no line break and no escape."""
    assert not set("\x1b\r\n\x85\u2028") & set(plain(text))


@given(st.binary(max_size=200), st.integers(1, 7))
def test_chunks_make_no_difference(data: bytes, size: int) -> None:
    """Lines are the same however the bytes are cut into chunks."""
    lines = Lines()
    found = [line for start in range(0, len(data), size) for line in lines.feed(data[start : start + size])]
    found += lines.end()
    expected = data.decode("utf-8", "replace") if b"\n" not in data else None
    whole = Lines()
    assert found == [*whole.feed(data), *whole.end()]
    if expected:
        assert found == [expected]


def test_endless_line_is_cut() -> None:
    """A line without an end does not fill the memory."""
    lines = Lines()
    found = list(lines.feed(b"x" * (2 * MAX_LINE_BYTES + 1)))
    assert [len(piece) for piece in found] == [MAX_LINE_BYTES, MAX_LINE_BYTES]
    assert list(lines.end()) == ["x"]


def test_reader_gone() -> None:
    """A log that nobody reads any more does not end the supervisor."""
    writer = LogWriter(BrokenStream(), ["up"])
    writer.write("up", "one")
    writer.write("up", "two")


def test_own_records() -> None:
    """The supervisor's own records come out under its label."""
    stream = io.StringIO()
    handler = PartHandler(LogWriter(stream, ["up"]), "up")
    handler.emit(logging.makeLogRecord({"msg": "%s answers", "args": ("valkey",)}))
    assert stream.getvalue() == "up | valkey answers\n"
