"""
The pytest plugin `spanmill`: the fixture `spanmill_capture`.

pytest imports this in every run of whoever has spanmill installed. It is a package of its own, beside `spanmill`, so
that this costs nothing: neither OpenTelemetry nor the rest of spanmill is imported before a test asks for the fixture.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pluggy import Result

    from spanmill.testing import Captured

FIXTURE = "spanmill_capture"


@pytest.fixture
def spanmill_capture() -> "Iterator[Captured]":
    """Spans and scores that the test's code makes, in memory: see `spanmill.testing.capture`."""
    from spanmill.testing import capture  # noqa: PLC0415 - see above

    with capture() as captured:
        yield captured


@pytest.hookimpl(hookwrapper=True)  # the newer kind would break runs of older versions of pytest
def pytest_runtest_makereport(item: pytest.Item) -> "Generator[None, Result[pytest.TestReport], None]":
    """Show what was captured below a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and FIXTURE in getattr(item, "funcargs", {}):
        captured: Captured = item.funcargs[FIXTURE]  # type: ignore[attr-defined] # of functions, which alone have any
        report.sections.append(("Captured spans", captured.tree(content=True) or "none"))
