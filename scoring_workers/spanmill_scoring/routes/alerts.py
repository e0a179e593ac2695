"""
Alerts: whether the mean of a rule's scores, or the share of what it flags, is bad, and whom to tell of it.

Any planner may look, any number of times: what comes of a look follows from the rows in ``alert_states`` and
``scores``, and so do the ids of what is told. Projects are looked at one by one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from spanmill_scoring.routes.destinations import destinations
from spanmill_scoring.routes.messages import of_alert
from spanmill_scoring.rules.alerts import Alert
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import alert_states, notifications
from spanmill_store.alert_states import AlertState, Asked, Seen, State
from spanmill_store.client import Store
from spanmill_store.notifications import Notification, notification_id

_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A time by the server's clock, for arithmetic and for rows."""

    ns: int
    time: datetime


def look(store: Store, rules: Iterable[LoadedRule], now: Moment) -> int:
    """
    Look at the alerts of *rules*, enter what has changed and what is told of it, and return how many changes that were.

    What is told is entered first: a look that is interrupted is done again, with the same ids.

    Raises:
        StoreUnavailable: Nothing is lost; look again.
    """
    watched = [loaded for loaded in rules if loaded.rule.alert is not None]
    if not watched:
        return 0
    before = {(state.rule, state.project): state for state in alert_states.current(store)}
    changes = 0
    for loaded in watched:
        of_rule = {project: state for (rule, project), state in before.items() if rule == loaded.name}
        news = list(_news(store, loaded, of_rule, now))
        notifications.enter(store, (row for state, is_told in news if is_told for row in _told(loaded, state)))
        alert_states.enter(store, [state for state, _ in news])
        changes += len(news)
    return changes


def _news(
    store: Store, loaded: LoadedRule, before: dict[str, AlertState], now: Moment
) -> Iterator[tuple[AlertState, bool]]:
    """Give the new state of each project that has one, and whether somebody is told."""
    alert = loaded.rule.alert
    if alert is None:
        return
    seen = alert_states.seen(store, _asked(loaded, alert), now.ns)
    for project in sorted({*seen, *before}):
        found, earlier = seen.get(project), before.get(project)
        state = decided(alert, earlier.state if earlier else None, found, now.ns)
        if earlier is None:
            yield _row(loaded, project, state, found, now), state != "ok"
        elif state != earlier.state:
            yield replace(_row(loaded, project, state, found, now), sequence=earlier.sequence + 1), True
        elif state != "ok" and _is_due(alert, earlier, now):
            row = _row(loaded, project, state, found, now)
            yield replace(row, sequence=earlier.sequence + 1, since=earlier.since), True


def decided(alert: Alert, before: State | None, seen: Seen | None, now_ns: int) -> State:
    """Return how an alert stands that stood as *before*, after *seen* in its project."""
    last_ns = seen.last_ns if seen is not None else 0
    if alert.no_data is not None and now_ns - last_ns >= alert.no_data * _SECOND_NS:
        return "no_data"
    if seen is None or seen.estimate is None or seen.estimate.count < alert.min_count:
        return "firing" if before == "firing" else "ok"  # Too few to conclude anything; but scores come again.
    if before == "firing":
        return "ok" if alert.clears(seen.estimate.mean) else "firing"
    return "firing" if alert.fires(seen.estimate.mean) else "ok"


def _is_due(alert: Alert, earlier: AlertState, now: Moment) -> bool:
    return alert.renotify is not None and (now.time - earlier.time).total_seconds() >= alert.renotify


def _asked(loaded: LoadedRule, alert: Alert) -> Asked:
    flag = loaded.rule.flag
    return Asked(
        rule=loaded.name,
        version=loaded.version,
        of=alert.of,
        over_s=alert.over,
        known_s=max(alert.over, alert.no_data or 0),
        below=flag.below if flag else None,
        above=flag.above if flag else None,
        labels=flag.labels if flag else (),
    )


def _row(loaded: LoadedRule, project: str, state: State, seen: Seen | None, now: Moment) -> AlertState:
    estimate = seen.estimate if seen is not None and state != "no_data" else None
    return AlertState(
        project=project,
        rule=loaded.name,
        rule_version=loaded.version,
        sequence=0,
        time=now.time,
        since=now.time,
        state=state,
        value=estimate.mean if estimate else None,
        low=estimate.low if estimate else None,
        high=estimate.high if estimate else None,
        scores=estimate.count if estimate else 0,
    )


def _told(loaded: LoadedRule, state: AlertState) -> Iterator[Notification]:
    alert = loaded.rule.alert
    for to in destinations(loaded, "alerts") if alert is not None else ():
        yield Notification(
            project=state.project,
            notification_id=notification_id("alert", to.key, state.project, state.rule, str(state.sequence)),
            time=state.time,
            kind="alert",
            rule=state.rule,
            route=to.key,
            trace_id="",
            span_id="",
            session_id="",
            body=of_alert(to.kind, alert, state, loaded.rule.description) if alert is not None else "",
            next_time=state.time,
        )
