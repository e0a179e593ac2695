"""Whether ClickHouse can compile SQL of a rule, asked without running it."""

from collections.abc import Mapping, Sequence
from typing import Final

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.scoring.dependents import conditions_statement
from spanmill_store.scoring.evaluation import EVALUATE, EVALUATE_SELECT
from spanmill_store.scoring.predicates import PredicateError, Scope
from spanmill_store.scoring.templates import filled

_CONDITIONS: Final[Mapping[Scope, str]] = {
    "trace": "scoring/check_traces",
    "span": "scoring/check_spans",
    "session": "scoring/check_sessions",
}
_DUMMY: Final = {"trace_ids": [""], "span_ids": [""], "session_ids": [""], "rules": [""], "versions": [""]}


def require_compilable(
    store: Store, scope: Scope, conditions: Sequence[str], scorer: Mapping[str, str], *, is_dependent: bool = False
) -> None:
    """
    Let ClickHouse compile the checked SQL of one rule: its *conditions*, and the parts of its *scorer*.

    Parts are ``value``, ``label`` and ``reason``, or ``select``. *is_dependent*: the conditions ask for more than a
    row, see `spanmill_store.scoring.dependents`.

    Raises:
        PredicateError: It cannot, with its reason.
        StoreUnavailable: Nobody answers.
    """
    for condition in conditions:
        if is_dependent:
            _compile(store, conditions_statement(scope, f"[if({condition}, 1, 0)]"), condition)
        else:
            _explain(store, _CONDITIONS[scope], {"where": condition})
    if "select" in scorer:
        _explain(store, EVALUATE_SELECT[scope], scorer)
    elif scorer:
        _explain(store, EVALUATE[scope], scorer)


def _explain(store: Store, query: str, parts: Mapping[str, str]) -> None:
    _compile(store, filled(query, parts), " ".join(parts.values()))


def _compile(store: Store, statement: str, of: str) -> None:
    try:
        store.select(f"EXPLAIN {statement}", _DUMMY)
    except QueryRejected as error:
        message = " ".join(str(error).split())
        sql = " ".join(of.split())
        shown = sql if len(sql) <= 80 else sql[:79] + "…"
        raise PredicateError(f"SQL {shown!r} does not compile: {message}") from error
