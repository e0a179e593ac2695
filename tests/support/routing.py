"""Routes in one process: what the threads beside the planner do, step by step and with a clock that tests move."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis

from spanmill_scoring.routes import alerts
from spanmill_scoring.routes.alerts import Moment
from spanmill_scoring.routes.deliverer import Deliverer
from spanmill_scoring.routes.destinations import by_key
from spanmill_scoring.routes.findings import Findings
from spanmill_scoring.routes.lease import Leases
from spanmill_scoring.routes.transport import Transport
from spanmill_scoring.rules.files import load
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import flags, scores
from spanmill_store.client import Store
from spanmill_store.flags import FlagRow
from spanmill_store.scores import ScoreRow
from spanmill_store.scoring.plan import clock_ns
from spanmill_store.targets import TargetId

_numbers = itertools.count(1)


class Routing:
    """Routes over one database and one rules file."""

    def __init__(
        self, store: Store, path: Path, environment: Mapping[str, str] | None = None, valkey: Redis | None = None
    ) -> None:
        self.store = store
        self.path = path
        self.passed_s = 0.0
        self.findings = Findings(store)
        self.deliverer = Deliverer(
            store, Transport(allow_private=True), Leases(valkey), environment or {}, chance=lambda: 0.5
        )

    @property
    def rules(self) -> dict[str, LoadedRule]:
        """The rules as their file says now."""
        return load(self.path).rules

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.passed_s += seconds

    def now(self) -> Moment:
        """The server's time, moved."""
        now_ns = clock_ns(self.store) + int(self.passed_s * 1e9)
        return Moment(now_ns, datetime.fromtimestamp(now_ns / 1e9, UTC))

    def look(self) -> int:
        """Look for what was found."""
        return self.findings.look(self.rules, self.now().ns)

    def watch(self) -> int:
        """Look at alerts."""
        return alerts.look(self.store, self.rules.values(), self.now())

    def deliver(self) -> int:
        """Send what is due."""
        return self.deliverer.deliver(by_key(self.rules.values()), self.now())

    def turn(self) -> int:
        """Look and send."""
        self.look()
        return self.deliver()

    def states(self) -> dict[str, int]:
        """How many notifications stand how."""
        rows = self.store.select("SELECT State, count() AS n FROM notifications FINAL GROUP BY State")
        return {row["State"]: int(row["n"]) for row in rows}

    def flag(
        self,
        count: int = 1,
        *,
        rule: str = "r",
        traces: list[str] | None = None,
        version: str = "1",
        is_withdrawn: bool = False,
        label: str = "",
        reason: str = "",
        age_s: float = 0.0,
    ) -> list[str]:
        """Set *count* flags as a worker does, or take them back; return the traces."""
        ids = traces or [f"{next(_numbers):032x}" for _ in range(count)]
        time = self.now().time - timedelta(seconds=age_s)
        flags.insert(
            self.store,
            [
                FlagRow("default", time, trace, "", "s", rule, version, rule, 0.0, label, reason, "", is_withdrawn)
                for trace in ids
            ],
        )
        return ids

    def score(
        self,
        *values: float,
        rule: str = "r",
        label: str = "",
        source: str = "rule",
        probability: float = 1.0,
        project: str = "default",
        age_s: float = 0.0,
    ) -> list[str]:
        """Store *values* as scores of *rule* and return the traces."""
        loaded = self.rules[rule]
        time = self.now().time - timedelta(seconds=age_s)
        rows = [
            ScoreRow(
                project=project,
                time=time,
                trace_id=(trace := f"{next(_numbers):032x}"),
                span_id="",
                session_id="s",
                name=loaded.rule.score_name,
                value=value,
                label=label,
                rationale="because",
                source=source,
                rule=rule,
                rule_version=loaded.version,
                input_hash="",
                sampling_probability=probability,
                judge_model="",
                cost_usd=None,
                score_id=scores.score_id(TargetId(project, trace), rule, loaded.version, rule),
            )
            for value in values
        ]
        scores.insert(self.store, rows)
        return [row.trace_id for row in rows]
