import json
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.routes.deliverer import GIVE_UP_AFTER_S
from spanmill_store import notifications
from spanmill_store.client import Store
from support.receiver import Receiver, Reply
from support.routing import Routing

SECRET = "a secret of some length"
RULES = """
rules:
- name: r
  description: It was bad.
  sql: '1'
  flag: {below: 1}
  routes: [{webhook: {url: 'http://127.0.0.1:${PORT}/hook', secret_env: HOOK_SECRET, per_minute: 5}}]
"""

Start = Callable[..., Routing]


@pytest.fixture
def start(
    store: Store,
    write_rules: Callable[[str], Path],
    hook: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Start:
    """Start routes on the text of a rules file."""
    monkeypatch.setenv("SPANMILL_WEBHOOKS_ALLOW_PRIVATE", "true")
    environment = {"PORT": str(hook.port), "HOOK_SECRET": SECRET, "SLACK": hook.url}

    def started(text: str = RULES, valkey: Redis | None = None) -> Routing:
        return Routing(store, write_rules(text), environment, valkey)

    return started


@pytest.mark.clickhouse
class TestFlags:
    """What is flagged is told."""

    def test_a_flag_arrives_once(self, start: Start, hook: Receiver) -> None:
        """However often one looks, by whichever process, and whatever version of the rule flags it again."""
        routing = start()
        [trace] = routing.flag(reason="wrong refund")
        assert (routing.turn(), routing.turn()) == (1, 0)
        routing.flag(traces=[trace])
        routing.flag(traces=[trace], version="2")
        assert start().turn() == 0
        [request] = hook.requests
        assert request.headers["content-type"] == "application/json"
        message = json.loads(request.body)
        assert message["type"] == "spanmill.flag"
        assert message["data"] == {
            "project": "default",
            "rule": "r",
            "description": "It was bad.",
            "rule_version": "1",
            "trace_id": trace,
            "span_id": "",
            "session_id": "s",
            "score": {"name": "r", "value": 0.0, "label": "", "reason": "wrong refund"},
        }
        assert routing.states() == {"delivered": 1}
        [row] = routing.store.select("SELECT Body FROM notifications FINAL")
        assert row["Body"] == ""

    def test_flags_of_a_time_when_nobody_looked_are_told(self, start: Start, hook: Receiver) -> None:
        """A planner goes on where the last one was, but not before the first one."""
        first = start()
        first.flag(age_s=3600)
        assert first.turn() == 0
        first.wait(61)
        first.look()
        first.flag()
        later = start()
        later.wait(2 * 3600)
        assert later.turn() == 1
        assert len(hook.requests) == 1

    def test_rows_that_come_late_are_found(self, start: Start, hook: Receiver) -> None:
        """A worker's clock may be wrong by minutes: once a minute one looks further back."""
        routing = start()
        routing.look()
        routing.flag(age_s=300)
        assert routing.turn() == 0
        routing.wait(60)
        assert routing.turn() == 1
        assert len(hook.requests) == 1

    def test_withdrawn_flags_and_other_rules_are_not_told(self, start: Start, hook: Receiver) -> None:
        """Nor those of rules that are not in force."""
        routing = start()
        routing.flag(is_withdrawn=True)
        routing.flag(rule="other")
        assert routing.turn() == 0
        assert (hook.requests, routing.states()) == ([], {})

    def test_many_flags_of_one_moment_are_all_found(self, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        """Page by page, though set-based scoring gives all of them one time."""
        monkeypatch.setattr("spanmill_store.findings.PAGE", 7)
        routing = start()
        routing.flag(50)
        assert routing.look() == 50
        assert routing.look() == 0

    def test_slack_gets_its_own_kind(self, start: Start, hook: Receiver) -> None:
        """Text, unsigned; and alerts only where only they are asked for."""
        rules = RULES.replace("routes: [", "routes: [{slack: {url_env: SLACK}}, ").replace(
            "per_minute: 5", "news: [alerts]"
        )
        routing = start(rules)
        [trace] = routing.flag()
        assert routing.turn() == 1
        [request] = hook.requests
        assert f"trace `{trace}`" in json.loads(request.body)["text"]
        assert "webhook-signature" not in request.headers


@pytest.mark.clickhouse
class TestBursts:
    """A receiver is not flooded."""

    def test_what_is_too_much_is_one_summary(self, start: Start, hook: Receiver) -> None:
        """So many messages a minute; the last one tells of all the rest."""
        routing = start()
        routing.flag(100)
        assert routing.turn() == 5
        bodies = [json.loads(request.body) for request in hook.requests]
        assert [body["type"] for body in bodies] == ["spanmill.flag"] * 4 + ["spanmill.flags"]
        assert bodies[-1]["data"]["count"] == 96
        assert bodies[-1]["data"]["by_rule"] == {"r": 96}
        assert routing.states() == {"delivered": 5, "grouped": 96}

    def test_the_next_minute_has_room_again(self, start: Start, hook: Receiver) -> None:
        """Until then nothing is sent, and nothing forgotten."""
        routing = start()
        routing.flag(5)
        assert routing.turn() == 5
        routing.flag(3)
        assert routing.turn() == 0
        routing.wait(61)
        assert routing.turn() == 3
        assert {json.loads(request.body)["type"] for request in hook.requests} == {"spanmill.flag"}

    def test_two_processes_share_a_minute(self, start: Start, hook: Receiver, valkey: Redis) -> None:
        """Who does not have the lease of a route sends nothing there."""
        one, other = start(valkey=valkey), start(valkey=valkey)
        one.flag()
        one.look()
        route = one.rules["r"].rule.routes[0].sent
        assert route is not None
        assert other.deliverer.leases.take(route.key)
        assert one.deliver() == 0
        other.deliverer.leases.give_back(route.key)
        assert (one.deliver(), other.deliver()) == (1, 0)
        assert len(hook.requests) == 1

    def test_what_another_process_has_just_sent_is_not_sent_again(
        self, start: Start, hook: Receiver, monkeypatch: pytest.MonkeyPatch, valkey: Redis
    ) -> None:
        """Between seeing that it is due and getting the lease, it may have arrived."""
        one, other = start(valkey=valkey), start(valkey=valkey)
        one.flag()
        one.look()
        take = one.deliverer.leases.take

        def take_later(route: str) -> bool:
            assert other.deliver() == 1
            return take(route)

        monkeypatch.setattr(one.deliverer.leases, "take", take_later)
        assert one.deliver() == 0
        assert len(hook.requests) == 1


@pytest.mark.clickhouse
class TestFailures:
    """At least once: until it has arrived, or a day has passed."""

    def test_a_failure_is_tried_again_later(self, start: Start, hook: Receiver) -> None:
        """With the same id, and a new signature; the reason can be seen until then."""
        routing = start()
        hook.respond = lambda _: Reply(500, body=b"out of order")
        routing.flag()
        assert (routing.turn(), routing.turn()) == (0, 0)
        [status] = notifications.status(routing.store)
        assert (status.pending, status.last_problem) == (1, "the receiver answered HTTP 500: out of order")
        hook.respond = lambda _: Reply()
        routing.wait(11)
        assert routing.turn() == 1
        first, second = hook.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
        [status] = notifications.status(routing.store)
        assert (status.pending, status.delivered, status.last_problem) == (0, 1, "")

    def test_a_receiver_that_is_down_is_not_asked_for_every_message(self, start: Start, hook: Receiver) -> None:
        """After one failure the rest waits for the next pass."""
        routing = start()
        hook.respond = lambda _: Reply(503)
        routing.flag(4)
        routing.turn()
        assert len(hook.requests) == 1
        assert routing.states() == {"pending": 4}

    def test_after_a_day_it_is_given_up(self, start: Start, hook: Receiver) -> None:
        """With the reason, and no body any more."""
        routing = start()
        hook.respond = lambda _: Reply(302, (("Location", "/"),))
        routing.flag()
        routing.turn()
        routing.wait(GIVE_UP_AFTER_S)
        routing.turn()
        [row] = routing.store.select("SELECT State, Reason, Attempts, Body FROM notifications FINAL")
        assert (row["State"], row["Attempts"], row["Body"]) == ("failed", 2, "")
        assert row["Reason"] == "the receiver answered HTTP 302 (redirects are not followed)"

    def test_who_is_gone_is_asked_once(self, start: Start, hook: Receiver) -> None:
        """HTTP 410 says that nothing is wanted any more."""
        routing = start()
        hook.respond = lambda _: Reply(410)
        routing.flag()
        routing.turn()
        assert routing.states() == {"failed": 1}

    def test_retry_after_is_obeyed(self, start: Start, hook: Receiver) -> None:
        """Where it is longer than what we would wait."""
        routing = start()
        hook.respond = lambda _: Reply(429, (("Retry-After", "120"),))
        routing.flag()
        routing.turn()
        for seconds, requests in ((60, 1), (61, 2)):
            routing.wait(seconds)
            routing.turn()
            assert len(hook.requests) == requests

    def test_what_died_before_it_was_noted_is_sent_again(
        self, start: Start, hook: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Under the same id, so that the receiver can tell."""
        routing = start()
        routing.flag()
        routing.look()

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(notifications, "record", dies)
            with pytest.raises(KeyboardInterrupt):
                routing.deliver()
        assert start().deliver() == 1
        assert len({request.headers["webhook-id"] for request in hook.requests}) == 1
        assert len(hook.requests) == 2

    def test_a_summary_that_died_half_way_loses_no_flag(self, start: Start, hook: Receiver) -> None:
        """Summary and what it stands for are entered in one insert, and it is sent when it can be."""
        routing = start()
        hook.respond = lambda _: Reply(500)
        routing.flag(100)
        routing.turn()
        hook.respond = lambda _: Reply()
        for _ in range(3):
            routing.wait(61)
            routing.turn()
        told = [json.loads(request.body)["data"] for request in hook.requests[1:]]
        assert len([one for one in told if "trace_id" in one]) + sum(one.get("count", 0) for one in told) == 100
        assert "pending" not in routing.states()

    def test_a_missing_variable_is_said(self, start: Start) -> None:
        """And the message waits for it."""
        routing = start()
        routing.deliverer = type(routing.deliverer)(
            routing.store, routing.deliverer.transport, routing.deliverer.leases, {"PORT": "1"}, lambda: 0.5
        )
        routing.flag()
        routing.turn()
        [status] = notifications.status(routing.store)
        assert status.last_problem == "environment variable HOOK_SECRET is not set where the planner runs"

    def test_a_route_that_was_taken_away_is_waited_for(self, start: Start, hook: Receiver) -> None:
        """A mistake in the rules may be mended; after a day nothing is sent any more."""
        routing = start()
        routing.flag()
        routing.look()
        routing.path.write_text("rules: []")
        assert routing.deliver() == 0
        assert routing.states() == {"pending": 1}
        routing.wait(GIVE_UP_AFTER_S)
        routing.deliver()
        assert (routing.states(), hook.requests) == ({"failed": 1}, [])
