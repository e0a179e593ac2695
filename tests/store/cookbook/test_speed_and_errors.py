"""Questions about speed, errors and tools are answered as the facts say."""

from collections import Counter
from datetime import timedelta
from itertools import groupby

import pytest

from .conftest import Kitchen
from .facts import TOOLS, Call, Tool, Turn
from .figures import Row, grouped, mean, ordered, quantile, same

pytestmark = pytest.mark.clickhouse


def calls(kitchen: Kitchen) -> list[tuple[Turn, Call]]:
    """All calls of production in a week."""
    return [(turn, call) for turn in kitchen.turns() for call in turn.calls]


def tools(kitchen: Kitchen, days: int = 7) -> dict[str, list[Tool]]:
    """All runs of tools of production, by tool."""
    return grouped((tool for turn in kitchen.turns(days) for tool in turn.tools), lambda tool: tool.name)


def test_latency_by_model_and_release(kitchen: Kitchen) -> None:
    """Quantiles of the calls of a model in a release."""
    groups = grouped(calls(kitchen), lambda pair: (pair[1].model, pair[0].release))
    rows = []
    for (model, release), pairs in groups.items():
        seconds = [call.duration_ms / 1000 for _, call in pairs]
        p50, p95 = quantile(seconds, 0.5), quantile(seconds, 0.95)
        rows.append({"model": model, "release": release, "calls": len(pairs), "p50_s": p50, "p95_s": p95})
    assert kitchen.ask("latency_by_model_and_release") == same(ordered(rows, "-calls", "model", "release"))


def test_time_to_first_chunk(kitchen: Kitchen) -> None:
    """Calls that were not streamed are not in it."""
    rows = []
    for model, pairs in grouped(calls(kitchen), lambda pair: pair[1].model).items():
        seconds = [call.first_chunk_ms / 1000 for _, call in pairs if call.first_chunk_ms is not None]
        if seconds:
            p50, p95 = quantile(seconds, 0.5), quantile(seconds, 0.95)
            rows.append({"model": model, "calls": len(seconds), "p50_s": p50, "p95_s": p95})
    assert kitchen.ask("time_to_first_chunk") == same(ordered(rows, "-p95_s", "model"))


@pytest.mark.parametrize("days", [2, 7])
def test_slowest_tools(kitchen: Kitchen, days: int) -> None:
    """Tools by the slowest twentieth of their runs."""
    rows = []
    for tool, runs in tools(kitchen, days).items():
        seconds = [run.duration_ms / 1000 for run in runs]
        row = {"tool": tool, "runs": len(runs), "p50_s": quantile(seconds, 0.5), "p95_s": quantile(seconds, 0.95)}
        rows.append({**row, "longest_s": max(seconds), "total_s": sum(seconds)})
    assert kitchen.ask("slowest_tools", days=days) == same(ordered(rows, "-p95_s", "tool"))


def test_failing_tools(kitchen: Kitchen) -> None:
    """How often each tool fails, and the error that it fails with most."""
    rows = []
    for tool, runs in tools(kitchen).items():
        errors = [run.error for run in runs if run.error]
        row = {"tool": tool, "runs": len(runs), "failed": len(errors), "failed_share": len(errors) / len(runs)}
        rows.append({**row, "most_often": f"{tool.title()}Error"})
    assert len(rows) == len(TOOLS)
    assert kitchen.ask("failing_tools") == same(ordered(rows, "-failed_share", "tool"))


def test_errors_by_service_and_hour(kitchen: Kitchen) -> None:
    """A trace fails with any of its spans, and counts in the hour in which it began."""

    def hour_and_service(turn: Turn) -> tuple[object, str]:
        return turn.start.replace(minute=0, second=0), turn.service

    rows = []
    for (hour, service), turns in grouped(kitchen.turns(2, noise=True), hour_and_service).items():
        failed = sum(turn.errors > 0 for turn in turns)
        row = {"hour": hour, "service": service, "traces": len(turns), "failed": failed}
        rows.append({**row, "failed_share": failed / len(turns)})
    assert kitchen.ask("errors_by_service_and_hour", days=2) == same(ordered(rows, "-hour", "service"))


def test_users_with_errors(kitchen: Kitchen) -> None:
    """Users by their failed traces, with the newest one to look at."""
    rows = []
    for user, turns in grouped(kitchen.turns(), lambda turn: turn.user).items():
        failed = [turn for turn in turns if turn.errors]
        newest = max(failed, key=lambda turn: turn.start).trace_id
        row = {"user": user, "traces": len(turns), "failed": len(failed), "failed_share": len(failed) / len(turns)}
        rows.append({**row, "newest_failed": newest})
    assert kitchen.ask("users_with_errors") == same(ordered(rows, "-failed", "-failed_share", "user"))


def test_finish_reasons(kitchen: Kitchen) -> None:
    """Shares are those within a model."""
    rows = []
    for model, pairs in grouped(calls(kitchen), lambda pair: pair[1].model).items():
        for reason, count in Counter(call.finish for _, call in pairs).items():
            rows.append({"model": model, "reason": reason, "calls": count, "share": count / len(pairs)})
    assert kitchen.ask("finish_reasons") == same(ordered(rows, "model", "-calls", "reason"))


def test_tool_paths(kitchen: Kitchen) -> None:
    """A tool that is repeated at once stands once in a path."""
    rows = []
    for path, turns in grouped(kitchen.turns(), lambda turn: turn.path).items():
        row: Row = {"path": path, "traces": len(turns), "failed_share": sum(t.errors > 0 for t in turns) / len(turns)}
        rows.append({**row, "mean_s": mean(t.seconds for t in turns), "usd_per_trace": mean(t.cost for t in turns)})
    rows = [row for row in rows if row["path"]]
    assert kitchen.ask("tool_paths") == same(ordered(rows, "-traces", "path"))


@pytest.mark.parametrize("times", [2, 3, 4, 5])
def test_looping_traces(kitchen: Kitchen, times: int) -> None:
    """Only runs of one tool that follow each other count as a loop."""
    rows = []
    for turn in kitchen.turns():
        runs = [list(run) for _, run in groupby(tool.name for tool in turn.tools)]
        longest = max(runs, key=len, default=[])
        if len(longest) >= times:
            row = {"trace": turn.trace_id, "start": turn.start + timedelta(milliseconds=30), "tool": longest[0]}
            rows.append({**row, "in_a_row": len(longest), "runs_in_all": len(turn.tools)})
    assert bool(rows) == (times < 5)
    assert kitchen.ask("looping_traces", times=times) == ordered(rows, "-in_a_row", "trace")


def test_empty_retrievals(kitchen: Kitchen) -> None:
    """Searches without a document, with what was searched for."""
    rows = [
        {
            "trace": turn.trace_id, "start": turn.start + timedelta(milliseconds=1), "service": turn.service,
            "name": "retrieve", "query": turn.question,
        }
        for turn in kitchen.turns()
        if not turn.documents
    ]  # fmt: skip
    assert kitchen.ask("empty_retrievals") == ordered(rows, "-start", "trace")


def test_noise_share(kitchen: Kitchen) -> None:
    """Traces of a web server alone are noise."""
    rows = []
    for service, turns in grouped(kitchen.turns(noise=True), lambda turn: turn.service).items():
        noise = sum(turn.is_noise for turn in turns)
        row = {"service": service, "traces": len(turns), "noise": noise, "noise_share": noise / len(turns)}
        rows.append({**row, "names": ["GET /health"]})
    assert kitchen.ask("noise_share") == same(ordered(rows, "-noise", "service"))


def test_true_traffic(kitchen: Kitchen) -> None:
    """Of which a trace that was sent with probability 1/4 is four."""
    rows = []
    for service, turns in grouped(kitchen.turns(), lambda turn: turn.service).items():
        weights = [4 if turn.number % 2 else 1 for turn in turns]
        failed = [any(call.is_error for call in turn.calls) or any(tool.error for tool in turn.tools) for turn in turns]
        pairs = list(zip(weights, turns, failed, strict=True))
        rows.append(
            {
                "service": service,
                "stored": len(turns),
                "traces": sum(weights),
                "stored_failed": sum(failed),
                "failed_share": sum(weight for weight, _, fails in pairs if fails) / sum(weights),
                "mean_s": sum(weight * turn.duration_ms for weight, turn, _ in pairs) / sum(weights) / 1000,
                "usd": sum(weight * (turn.cost or 0) for weight, turn, _ in pairs),
            }
        )
    assert kitchen.ask("true_traffic") == same(ordered(rows, "-traces", "service"))
