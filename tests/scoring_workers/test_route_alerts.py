import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.routes.alerts import decided
from spanmill_scoring.rules.alerts import Alert, duration_of, seconds_of
from spanmill_store import alert_states
from spanmill_store.alert_states import AlertState, Seen, State
from spanmill_store.client import Store
from spanmill_store.estimates import Estimate
from support.routing import Routing

HOUR_NS = 3_600_000_000_000
NOW_NS = 1_000 * HOUR_NS
RULES = """
rules:
- name: r
  sql: '1'
  flag: {below: 0.5}
  routes: [{webhook: {url: 'https://hooks.example.com/', secret_env: HOOK_SECRET}}]
  alert: {below: 0.8, clear: 0.9, over: 1h, min_count: 4, no_data: 2h, renotify: 4h}
"""

Start = Callable[..., Routing]


@pytest.fixture
def start(store: Store, write_rules: Callable[[str], Path]) -> Start:
    """Start routes on the text of a rules file."""
    return lambda text=RULES: Routing(store, write_rules(text))


def seen(mean: float, count: int = 100, age_ns: int = 0) -> Seen:
    """What a project may show."""
    return Seen(Estimate(mean, None, None, count, count) if count else None, NOW_NS - age_ns)


def told(store: Store) -> list[tuple[str, bool]]:
    """States that somebody is told, and whether as a reminder, in their order."""
    rows = store.select("SELECT Body FROM notifications FINAL WHERE Kind = 'alert' ORDER BY Time")
    data = [json.loads(row["Body"])["data"] for row in rows]
    return [(one["state"], one["reminder"]) for one in data]


class TestDeciding:
    """How an alert stands follows from how it stood and from what is seen."""

    @pytest.mark.parametrize(
        ("before", "mean", "after"),
        [
            (None, 0.85, "ok"),
            (None, 0.79, "firing"),
            ("ok", 0.8, "ok"),
            ("ok", 0.79, "firing"),
            ("firing", 0.85, "firing"),
            ("firing", 0.9, "ok"),
            ("no_data", 0.85, "ok"),
            ("no_data", 0.5, "firing"),
        ],
    )
    def test_between_the_thresholds_it_stays_as_it_was(self, before: State | None, mean: float, after: State) -> None:
        """Hysteresis: it begins at one value and ends at another."""
        assert decided(Alert(below=0.8, clear=0.9), before, seen(mean), NOW_NS) == after

    @given(st.lists(st.floats(0, 1), max_size=50), st.floats(0, 1), st.floats(0, 1))
    def test_it_never_flaps_between_the_thresholds(self, means: list[float], one: float, other: float) -> None:
        """It fires again only after it has been good, and ends only after it has been bad."""
        alert = Alert(above=max(one, other), clear=min(one, other))
        state: State = "ok"
        for mean in means:
            after = decided(alert, state, seen(mean), NOW_NS)
            assert after == "firing" or not alert.fires(mean)
            assert after == "ok" or alert.fires(mean) or (state == "firing" and mean > min(one, other))
            state = after

    def test_of_few_scores_nothing_is_concluded(self) -> None:
        """Neither that it is bad nor that it is good again."""
        alert = Alert(below=0.8, min_count=10)
        assert decided(alert, "ok", seen(0, 9), NOW_NS) == "ok"
        assert decided(alert, "firing", seen(1, 9), NOW_NS) == "firing"
        assert decided(alert, "firing", None, NOW_NS) == "firing"

    def test_no_data_is_a_state_where_it_is_asked_for(self) -> None:
        """And ends with the first score, however few there are."""
        alert = Alert.model_validate({"below": 0.8, "no_data": "2h"})
        assert decided(alert, "ok", seen(1, 0, 2 * HOUR_NS), NOW_NS) == "no_data"
        assert decided(alert, "firing", None, NOW_NS) == "no_data"
        assert decided(alert, "no_data", seen(1, 1), NOW_NS) == "ok"
        assert decided(Alert(below=0.8), "ok", seen(1, 0, 99 * HOUR_NS), NOW_NS) == "ok"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("1.5h", 5400), ("2d", 172_800)])
def test_durations_are_read_and_written(text: str, seconds: float) -> None:
    """In four units."""
    assert seconds_of(text) == seconds
    assert seconds_of(duration_of(seconds)) == seconds


@pytest.mark.clickhouse
class TestWatching:
    """What changes is entered and told once."""

    def test_it_fires_and_clears(self, start: Start) -> None:
        """With the values that made it so; a second look changes nothing."""
        routing = start()
        routing.score(1, 1, 1, 1)
        assert [routing.watch(), routing.watch()] == [1, 0]
        routing.score(0, 0, 0)
        assert [routing.watch(), routing.watch()] == [1, 0]
        [state] = alert_states.current(routing.store)
        assert (state.state, state.sequence, state.scores, round(state.value or 0, 3)) == ("firing", 1, 7, 0.571)
        assert state.low is not None
        assert state.high is not None
        assert state.low < 4 / 7 < state.high
        routing.wait(3700)
        routing.score(1, 1, 1, 1)
        assert routing.watch() == 1
        assert told(routing.store) == [("firing", False), ("ok", False)]
        assert [row.state for row in alert_states.history(routing.store)] == ["ok", "firing", "ok"]

    def test_means_are_those_of_all_traffic(self, start: Start) -> None:
        """Failures that are oversampled twenty times do not make it fire."""
        routing = start()
        routing.score(*[0] * 20, probability=1)
        routing.score(*[1] * 20, probability=0.05)
        routing.watch()
        [state] = alert_states.current(routing.store)
        assert state.state == "ok"
        assert state.value == pytest.approx(400 / 420)

    def test_the_share_of_what_is_flagged(self, start: Start) -> None:
        """By the rule's own conditions, of values and labels."""
        text = RULES.replace("{below: 0.5}", "{below: 0.5, labels: [bad]}").replace(
            "below: 0.8, clear: 0.9", "above: 0.4, of: flagged"
        )
        routing = start(text)
        routing.score(0.2, 0.6, 0.7, 0.9)
        routing.watch()
        routing.score(0.6, 0.6, label="bad")
        routing.watch()
        assert [row.value for row in alert_states.history(routing.store)] == [0.5, 0.25]
        assert told(routing.store) == [("firing", False)]

    def test_no_data_and_reminders(self, start: Start) -> None:
        """Told when it begins, again while it lasts, and when it is over."""
        routing = start()
        routing.score(1, 1, 1, 1)
        changes = [routing.watch()]
        for seconds in (3700, 3600, 3600, 4 * 3600):
            routing.wait(seconds)
            changes.append(routing.watch())
        routing.score(1)
        changes.append(routing.watch())
        assert changes == [1, 0, 1, 0, 1, 1]
        assert told(routing.store) == [("no_data", False), ("no_data", True), ("ok", False)]
        [state] = alert_states.current(routing.store)
        assert state.state == "ok"

    def test_projects_are_watched_one_by_one(self, start: Start) -> None:
        """The bad one fires."""
        routing = start()
        routing.score(1, 1, 1, 1, project="a")
        routing.score(0, 0, 0, 0, project="b")
        routing.watch()
        assert {(row.project, row.state) for row in alert_states.current(routing.store)} == {
            ("a", "ok"),
            ("b", "firing"),
        }

    def test_two_planners_tell_it_once(self, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        """Both have seen the state before, and both enter the next one."""
        routing = start()
        routing.score(1, 1, 1, 1)
        routing.watch()
        before: list[AlertState] = alert_states.current(routing.store)
        routing.score(0, 0, 0)
        with monkeypatch.context() as patched:
            patched.setattr(alert_states, "current", lambda *_: before)
            assert [routing.watch(), routing.watch()] == [1, 1]
        assert told(routing.store) == [("firing", False)]
        assert len(alert_states.history(routing.store)) == 2
        assert routing.watch() == 0

    def test_a_new_version_begins_anew(self, start: Start) -> None:
        """Scores of the version before say nothing of it, but there is data."""
        routing = start()
        routing.score(0, 0, 0, 0)
        routing.watch()
        routing.path.write_text(RULES.replace("sql: '1'", "sql: '0.5'"))
        assert routing.watch() == 0
        routing.score(1, 1, 1, 1)
        routing.watch()
        assert told(routing.store) == [("firing", False), ("ok", False)]
