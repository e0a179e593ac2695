"""Sessions as scorers see them: the traces of the last revision, each a turn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import Span, Target, TargetId, spans_of_traces
from spanmill_store.turns import Turn

MAX_TURNS: Final = 500
"""Of a longer session a scorer sees the newest, and how many were left out."""

_NOT_OF_THE_VIEW: Final = frozenset({"InputHash", "CompleteTraceIds"})


def sessions(store: Store, ids: Iterable[TargetId], *, with_spans: bool = False) -> dict[TargetId, Target]:
    """Return the sessions named by *ids* that are stored, by id, with their turns."""
    wanted = set(ids)
    session_ids = sorted({target.session_id for target in wanted})
    statement = filled("targets/sessions_by_id", {"rows": queries.text("scoring/session_rows")})
    rows = {
        target: row
        for row in store.select(statement, {"session_ids": session_ids})
        if (target := TargetId(row["Project"], "", "", row["SessionId"])) in wanted
    }
    shown = {target: row["CompleteTraceIds"][-MAX_TURNS:] for target, row in rows.items()}
    turns = _turns(store, sorted({trace_id for trace_ids in shown.values() for trace_id in trace_ids}), with_spans)
    return {target: _target(target, row, shown[target], turns) for target, row in rows.items()}


def _turns(store: Store, trace_ids: Sequence[str], with_spans: bool) -> dict[TargetId, Turn[Span]]:
    if not trace_ids:
        return {}
    spans: Mapping[TargetId, list[Span]] = spans_of_traces(store, trace_ids) if with_spans else defaultdict(list)
    found = {}
    for row in store.rows("targets/turns", trace_ids=trace_ids):
        trace = TargetId(row["Project"], row["TraceId"])
        found[trace] = Turn(
            trace_id=row["TraceId"],
            time=row["StartTime"],
            duration_ns=row["DurationNs"],
            input=row["Input"],
            output=row["Output"],
            user_id=row["UserId"],
            error_count=row["ErrorCount"],
            is_failed=bool(row["IsFailed"]),
            spans=tuple(spans.get(trace, ())),
        )
    return found


def _target(
    target: TargetId, row: Mapping[str, Any], trace_ids: Sequence[str], turns: Mapping[TargetId, Turn[Span]]
) -> Target:
    ids = [TargetId(target.project, trace_id) for trace_id in trace_ids]
    return Target(
        id=target,
        name=target.session_id,
        input=row["FirstInput"],
        output=row["LastOutput"],
        session_id=target.session_id,
        input_hash=row["InputHash"],
        columns={column: value for column, value in row.items() if column not in _NOT_OF_THE_VIEW},
        spans=(),
        turns=tuple(turns[trace] for trace in ids if trace in turns),
        earlier_turns=len(row["CompleteTraceIds"]) - len(trace_ids),
    )
