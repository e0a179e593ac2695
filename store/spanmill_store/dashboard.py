"""What is drawn of a stretch of time: traffic, errors, cost and durations, from usage by the minute."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from spanmill_store.client import Store

POINTS: Final = 170
"""How many points a curve has at most: a week by the hour, a day by ten minutes."""

STEPS_S: Final = (60, 300, 600, 1800, 3600, 6 * 3600, 86_400)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """
    Rows as the queries of the folder ``dashboard`` have them.

    Attributes:
        traffic: By time, a point every *step_s* seconds.
        breakdown: By kind of work and name: models, tools, agents, applications.
        users: Who used most.
    """

    step_s: int
    traffic: list[dict[str, Any]]
    breakdown: list[dict[str, Any]]
    users: list[dict[str, Any]]


def dashboard(
    store: Store,
    project: str = "default",
    *,
    since: datetime,
    before: datetime | None = None,
    service: str = "",
    source: str = "",
    limit: int = 20,
) -> Dashboard:
    """
    Sum up the minutes from *since* until *before*, now by default.

    Usage lags behind spans by as much as upkeep does, half a minute. *limit* is for names of each kind, and for users.
    """
    before = before or datetime.now(UTC)
    step_s = _step_s(before - since)
    time = {"project": project, "since": _utc(since), "before": _utc(before)}
    chosen = {"service": service, "source": source}
    # At once, for each keeps little more than one core busy.
    with ThreadPoolExecutor(3) as threads:
        traffic = threads.submit(store.rows, "dashboard/traffic", **time, **chosen, step_s=step_s)
        breakdown = threads.submit(store.rows, "dashboard/breakdown", **time, **chosen, limit=limit)
        users = threads.submit(store.rows, "dashboard/users", **time, limit=limit)
    return Dashboard(step_s, traffic.result(), breakdown.result(), users.result())


def _step_s(duration: timedelta) -> int:
    """The shortest of `STEPS_S` with which there are at most `POINTS` points."""
    wanted_s = duration.total_seconds() / POINTS
    return next((step for step in STEPS_S if step >= wanted_s), STEPS_S[-1])


def _utc(moment: datetime) -> str:
    """*moment* as ClickHouse reads it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
