"""
Only some projects: a filter that the engine puts on every table that has a column Project.

It is the setting ``additional_table_filters``, by the tables' full names, so that it holds wherever a table is read: in
views, joins, sub-queries, under an alias, with FINAL. It stands on the tables behind views too, where it reaches their
sorting key.

A filter alone does not keep a condition of the statement from being evaluated first, on rows of other projects, and
what it fails on from being told in an error. ClickHouse reorders conditions when it moves them into PREWHERE, so here
it may not move any, which costs the reading of columns that a condition would have spared; the filter then stands
first, and what follows is computed for the rows that pass it. A statement's own PREWHERE comes before filters and is
refused.
"""

from collections.abc import Collection
from typing import Any, Final

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.tables import BEHIND_VIEWS, READABLE
from spanmill_store.quoting import quoted

_FILTERS_FIRST: Final = {
    "optimize_move_to_prewhere": 0,
    "short_circuit_function_evaluation": "force_enable",
    "compile_expressions": 0,
    # It remembers, for everybody, which granules a condition found empty.
    "use_query_condition_cache": 0,
}


def restriction(database: str, projects: Collection[str]) -> dict[str, Any]:
    """
    Return the settings under which rows of *projects* are all that there is in *database*.

    Raises:
        StatementRefused: There is no project to see.
    """
    if not projects:
        raise StatementRefused("No project may be read: name at least one.")
    condition = f"Project IN ({', '.join(map(quoted, sorted(projects)))})"
    names = [*(table.name for table in READABLE.values() if table.has_project), *BEHIND_VIEWS]
    # On a cluster each shard reads its own share; where there is no such table, its filter is none.
    names += [f"{name}_local" for name in names]
    filters = ", ".join(f"{quoted(f'{database}.{name}')}: {quoted(condition)}" for name in names)
    return {"additional_table_filters": "{" + filters + "}", **_FILTERS_FIRST}
