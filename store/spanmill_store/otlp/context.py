"""SQL for what all items of a request share: whose it is, when it came, and which resource and scope it belongs to."""

from typing import Final

from spanmill_store.otlp.rendering import as_map, plain_as_map

OWN_COLUMNS: Final = {"Project": "Project", "IngestTime": "IngestTime", "KeyId": "KeyId"}
"""Columns of ours behind the standard ones, in every table of items."""

_DETAILS: Final = """
            in_resource.schema_url AS ResourceSchemaUrl,
            in_scope.schema_url AS ScopeSchemaUrl,
            in_scope.scope.dropped_attributes_count AS ScopeDroppedAttrCount,"""


LAST_TIME_NS: Final = 4_291_747_199_999_999_999
"""
The end of 2105, beyond which nobody's clock is right. OTLP has times up to 2554; days and minutes of ClickHouse, of
which partitions and usage are made, begin anew in 2149 and 2106, and a DateTime64 in nanoseconds ends in 2262.
"""


def per_scope(table: str, resources: str, scopes: str, items: str, *, details: str = _DETAILS) -> str:
    """
    SQL of a subquery that gives one row per scope of each request in *table*, with its items in the array *items*.

    *resources* and *scopes* name the repeated fields on the way, for example ``resource_spans`` and ``scope_spans``.
    The *details* are more columns: the schema URLs and how many attributes a scope lost, where not said otherwise.
    """
    return f"""(
        WITH
            arrayJoin({resources}) AS in_resource,
            arrayJoin(in_resource.{scopes}) AS in_scope
        SELECT
            if(project = '', 'default', project) AS Project,
            fromUnixTimestamp64Nano(toInt64(receive_time_unix_nano)) AS IngestTime,
            key_id AS KeyId,
            {as_map("in_resource.resource.attributes")} AS ResourceAttributes,{details}
            in_scope.scope.name AS ScopeName,
            in_scope.scope.version AS ScopeVersion,
            {plain_as_map("in_scope.scope.attributes")} AS ScopeAttributes,
            in_scope.{items} AS {items}
        FROM {table}
    )"""


def selected(columns: dict[str, str]) -> str:
    """SQL of a SELECT list: expression AS column, a line each."""
    return ",\n    ".join(f"{expression} AS {column}" for column, expression in columns.items())


def hex_id(field: str, size: int) -> str:
    """SQL for the id in *field* as lower-case hex, the empty string where it is not *size* bytes or all zero."""
    return f"if(length({field}) = {size} AND {field} != toFixedString('', {size}), lower(hex({field})), '')"


def timestamp(field: str) -> str:
    """SQL for the time in *field*, nanoseconds since 1970; what lies beyond `LAST_TIME_NS` is that."""
    return f"fromUnixTimestamp64Nano(toInt64(least({field}, {LAST_TIME_NS})))"
