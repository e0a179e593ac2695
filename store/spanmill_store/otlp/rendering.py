"""
SQL that renders an ``AnyValue`` as text, as the OpenTelemetry Collector's ClickHouse exporter does.

A string is itself, a number or boolean its usual spelling, bytes are base64, lists are JSON. A value that was not
decoded appears as JSON ``{"otlp.array_value": "<base64 of its protobuf bytes>"}`` or ``{"otlp.kvlist_value": …}``:
lossless, and visible as undecoded.

The analyzer pays for every expression whose type is nested, so each kind of value is mentioned once.
"""

from typing import Final

_UNDECODED: Final = {"array_value": "[]", "kvlist_value": "{}"}


def as_map(attributes: str) -> str:
    """SQL for a ``Map(LowCardinality(String), String)`` of the ``AnyValue`` map *attributes*."""
    return _map(attributes, as_text("v"))


def plain_as_map(attributes: str) -> str:
    """SQL for a ``Map(LowCardinality(String), String)`` of the ``PlainValue`` map *attributes*."""
    return _map(
        attributes, f"coalesce({_plain('v')}, {_undecoded('v', 'array_value')}, {_undecoded('v', 'kvlist_value')}, '')"
    )


def as_text(value: str) -> str:
    """SQL for the text of one ``AnyValue``."""
    return f"coalesce({_plain(value)}, {_list(value)}, {_undecoded(value, 'kvlist_value')}, '')"


def _map(attributes: str, text: str) -> str:
    texts = f"arrayMap(v -> {text}, mapValues({attributes}))"
    return f"CAST((mapKeys({attributes}), {texts}), 'Map(LowCardinality(String), String)')"


def _plain(value: str) -> str:
    numbers = ", ".join(f"toString({value}.{kind})" for kind in ("int_value", "double_value", "bool_value"))
    return f"{value}.string_value, {numbers}, base64Encode({value}.bytes_value)"


def _list(value: str) -> str:
    elements = f"arrayMap(e -> {_as_json('e')}, arrayFlatten({value}.array_value.values))"
    return f"if(empty({value}.array_value), NULL, concat('[', arrayStringConcat({elements}, ','), ']'))"


def _as_json(value: str) -> str:
    double = f"{value}.double_value"
    # JSON has no word for NaN and the infinities: there they are strings.
    number = f"if(isFinite({double}), toString({double}), toJSONString(toString({double})))"
    plain = f"toString({value}.int_value), {number}, toString({value}.bool_value)"
    binary = f"toJSONString(base64Encode({value}.bytes_value))"
    deeper = ", ".join(_undecoded(value, kind) for kind in _UNDECODED)
    return f"coalesce(toJSONString({value}.string_value), {plain}, {binary}, {deeper}, 'null')"


def _undecoded(value: str, kind: str) -> str:
    marked = f"concat('{{\"otlp.{kind}\":\"', base64Encode({value}.{kind}), '\"}}')"
    return f"if(empty({value}.{kind}), '{_UNDECODED[kind]}', {marked})"
