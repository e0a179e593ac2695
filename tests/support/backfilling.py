"""Backfilling a rule in one process, or by its command, over what looks old."""

import json
from typing import Any

from click.testing import CliRunner, Result

from spanmill_scoring import backfill as filling
from spanmill_scoring.commands.rules import rules as rules_command
from spanmill_scoring.scoring import Bench, load_scorer
from spanmill_store.client import Store
from spanmill_store.scoring import backfill as stored
from spanmill_store.scoring.backfill import Window
from spanmill_store.scoring.plan import clock_ns
from support.scoring import ScoringSide

HEAD = "completion: {idle_s: 0, lookback_s: 3600}\nrules:\n"


def grow_old(store: Store, days: float) -> None:
    """Make what is stored look as if it had been stored some days ago, on a cluster that of the only shard."""
    [found] = store.select(
        "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'trace_parts_local'"
    )
    table = "trace_parts_local" if found["n"] else "trace_parts"
    older = "LastStoreTime = LastStoreTime - toIntervalSecond({s:Int64})"
    store.execute(f"ALTER TABLE {table} UPDATE {older} WHERE 1 SETTINGS mutations_sync = 1", {"s": int(days * 86_400)})


def window(store: Store, days: int = 30) -> Window:
    """The last days."""
    now_ns = clock_ns(store)
    return Window(now_ns - days * 86_400 * 10**9, now_ns + 10**9)


def fill(side: ScoringSide, asked: Window | None = None, name: str = "r") -> list[filling.Progress]:
    """Backfill one rule."""
    loaded, asked = side.rule(name), asked or window(side.store)
    now_ns, with_sessions = clock_ns(side.store), loaded.rule.scope == "session"
    patience = loaded.completion.patience
    stored.complete(side.store, patience, asked.from_ns, now_ns, "backfill", with_sessions=with_sessions)
    return list(filling.run(Bench(side.store, load_scorer), loaded, asked, lambda: clock_ns(side.store)))


def run(side: ScoringSide, url: str, *arguments: str) -> dict[str, Any]:
    """The one object that a command prints as JSON."""
    result = CliRunner().invoke(rules_command, [*arguments, *options(side, url, arguments[0])], catch_exceptions=False)
    [told] = json.loads(result.stdout)
    found: dict[str, Any] = told
    return found


def invoke(side: ScoringSide, url: str, *arguments: str, answer: str = "") -> Result:
    """What a command does."""
    return CliRunner().invoke(rules_command, [*arguments, *options(side, url, arguments[0])], input=answer)


def options(side: ScoringSide, url: str, name: str) -> list[str]:
    """Where everything is."""
    return ["--clickhouse-url", url, *(["--rules", str(side.path)] if name == "backfill" else [])]
