"""Captured spans as a drawing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from spanmill.testing._spans import CapturedSpan

MAX_CONTENT_CHARS: Final = 60


def drawn(spans: Sequence[CapturedSpan], *, content: bool) -> str:
    """Return a line for each of *spans*, below its parent, in the order of start."""
    children: dict[str | None, list[CapturedSpan]] = defaultdict(list)
    for span in spans:
        children[_id(span.parent)].append(span)

    def below(parent: CapturedSpan, indent: str) -> Iterator[str]:
        of_parent = children[_id(parent)]
        for child in of_parent:
            is_last = child is of_parent[-1]
            yield f"{indent}{'└─' if is_last else '├─'} {described(child, content=content)}"
            yield from below(child, f"{indent}{'   ' if is_last else '│  '}")

    lines: list[str] = []
    for root in children[None]:
        lines += [described(root, content=content), *below(root, "")]
    return "\n".join(lines)


def described(span: CapturedSpan, *, content: bool = False) -> str:
    """Return *span* in one line."""
    text = span.name if span.kind == "span" else f"{span.name} ({span.kind})"
    if span.duration_ns is None:
        text += ", not ended"
    if span.status == "error":
        text += f", error: {_short(span.error or 'unknown')}"
    if content and (span.input is not None or span.output is not None):
        text += f": {_short(span.input or '')} → {_short(span.output or '')}"
    return text


def _id(span: CapturedSpan | None) -> str | None:
    return None if span is None else f"{span.trace_id}-{span.span_id}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_CONTENT_CHARS else f"{line[: MAX_CONTENT_CHARS - 1]}…"
