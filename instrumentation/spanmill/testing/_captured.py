"""What was captured, and the questions that tests have about it."""

from collections.abc import Sequence

from spanmill.testing._records import Records
from spanmill.testing._scores import CapturedScore, ScoreLog
from spanmill.testing._spans import CapturedSpan
from spanmill.testing._tree import described, drawn


class Captured:
    """Spans and scores of a `capture`, to be read while it lasts and afterwards."""

    def __init__(self, records: Records, score_log: ScoreLog) -> None:
        self._records = records
        self._score_log = score_log

    @property
    def spans(self) -> tuple[CapturedSpan, ...]:
        """All spans in the order of their start, as they stand now; those that last have no duration yet."""
        return self._records.spans()

    @property
    def scores(self) -> tuple[CapturedScore, ...]:
        """All scores and feedback in the order in which they were told."""
        return self._score_log.scores(self._records)

    def find(self, name: str | None = None, *, kind: str | None = None) -> list[CapturedSpan]:
        """Return the spans of this *name* and *kind*; None: whatever it is."""
        return [
            span for span in self.spans if (name is None or span.name == name) and (kind is None or span.kind == kind)
        ]

    def one(self, name: str | None = None, *, kind: str | None = None) -> CapturedSpan:
        """
        Return the only span of this *name* and *kind*.

        Raises:
            AssertionError: There is none, or more than one.
        """
        found = self.find(name, kind=kind)
        if len(found) != 1:
            raise AssertionError(_not_one(len(found), name, kind, self.spans))
        return found[0]

    def tree(self, *, content: bool = False) -> str:
        """
        Draw the spans, children below their parents, for snapshots: a line each, with name, kind, and how it failed.

        Args:
            content: Whether to show beginnings of input and output as well.
        """
        return drawn(self.spans, content=content)


def _not_one(count: int, name: str | None, kind: str | None, spans: Sequence[CapturedSpan]) -> str:
    wanted = [f"name {name!r}"] if name is not None else []
    wanted += [f"kind {kind!r}"] if kind is not None else []
    which = f" of {' and '.join(wanted)}" if wanted else ""
    there = "; ".join(described(span) for span in spans) or "nothing"
    found = f"{count} spans{which}, where one was asked for," if count else f"no span{which}"
    return f"{found} among {len(spans)} captured: {there}"
