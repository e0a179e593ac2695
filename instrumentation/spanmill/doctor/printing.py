"""A report as text. The bare install has no library for tables."""

from collections.abc import Iterator, Sequence

from spanmill._choice import DISABLED
from spanmill.doctor.inventory import Finding
from spanmill.doctor.report import Report

_HEAD = ("library", "version", "", "by")


def lines(report: Report) -> Iterator[str]:
    """Yield *report* line by line."""
    yield f"Python    {report.python}"
    yield from _libraries(report.libraries)
    yield ""
    yield from _destination(report)
    yield from _content(report)
    yield f"Traces    {report.sampling}"
    yield from report.notes
    if report.variables:
        yield ""
        yield from _columns([(name, value) for name, value in report.variables.items()])


def _libraries(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield "          No library is installed that an instrumentor is known for."
        return
    yield ""
    yield from _columns([_HEAD, *(_row(one) for one in findings)])
    yield from _rivals(findings)


def _row(finding: Finding) -> tuple[str, ...]:
    by = f"{finding.instrumentor} {finding.instrumentor_version or ''}".rstrip() if finding.instrumentor else ""
    return finding.library, finding.version, finding.state, "; ".join(filter(None, (by, finding.remedy)))


def _rivals(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings:
        if one.passed_over and one.state == "recorded":
            yield f"Of {one.library} one instrumentor is enough, and these are left out: {', '.join(one.passed_over)};"
            yield f"  to choose otherwise, name {one.instrumentor} in {DISABLED}."


def _destination(report: Report) -> Iterator[str]:
    where = report.destination
    state = "taken" if where.problem is None else "see below"
    yield f"Spans     go to {where.endpoint} over {where.protocol}: {state}"
    yield f"Exporters {', '.join(where.exporters)}"
    yield f"Headers   {', '.join(where.headers) or 'none'}"


def _content(report: Report) -> Iterator[str]:
    said = report.content
    yield f"Content   is {'captured' if said.is_captured else 'not captured'}: {said.because}"
    for exception in said.exceptions:
        yield f"          {exception}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
