"""
SQL that renders an ``AnyValue`` as text, as the OpenTelemetry Collector's ClickHouse exporter does.

A string is itself, a number or boolean its usual spelling, bytes are base64, arrays and key-value lists are JSON. What
lies below the decoded levels appears inside that JSON as ``{"otlp.array_value": "<base64 of its protobuf bytes>"}`` or
``{"otlp.kvlist_value": …}``: lossless, and visible as undecoded.

The analyzer pays for every expression whose type is deeply nested, so each kind of value is mentioned once, and the
two containers are brought to one list of (prefix, value) before their common elements are rendered.
"""


def as_map(attributes: str, levels: int) -> str:
    """SQL for a ``Map(LowCardinality(String), String)`` of the ``KeyValue`` array *attributes*."""
    texts = f"arrayMap(v -> {_as_text('v', levels)}, {attributes}.value)"
    return f"CAST(({attributes}.key, {texts}), 'Map(LowCardinality(String), String)')"


def _as_text(value: str, levels: int) -> str:
    numbers = ", ".join(f"toString({value}.{kind})" for kind in ("int_value", "double_value", "bool_value"))
    others = f"{numbers}, base64Encode({value}.bytes_value), {_nested(value, levels)}"
    return f"coalesce({value}.string_value, {others}, '')"


def _as_json(value: str, levels: int) -> str:
    double = f"{value}.double_value"
    # JSON has no word for NaN and the infinities: there they are strings.
    number = f"if(isFinite({double}), toString({double}), toJSONString(toString({double})))"
    plain = f"toString({value}.int_value), {number}, toString({value}.bool_value)"
    binary = f"toJSONString(base64Encode({value}.bytes_value))"
    return f"coalesce(toJSONString({value}.string_value), {plain}, {binary}, {_nested(value, levels)}, 'null')"


def _nested(value: str, levels: int) -> str:
    return _container(value, levels) if levels else _undecoded(value)


def _container(value: str, levels: int) -> str:
    item = f"x{levels}"
    elements = f"arrayMap(e -> ('', e), arrayFlatten({value}.array_value.values))"
    members = f"arrayMap(m -> (concat(toJSONString(m.key), ':'), m.value), arrayFlatten({value}.kvlist_value.values))"
    rendered = f"concat({item}.1, {_as_json(f'{item}.2', levels - 1)})"
    joined = f"arrayStringConcat(arrayMap({item} -> {rendered}, arrayConcat({elements}, {members})), ',')"
    is_kvlist = f"notEmpty({value}.kvlist_value)"
    brackets = f"if({is_kvlist}, '{{', '['), {joined}, if({is_kvlist}, '}}', ']')"
    return f"if({is_kvlist} OR notEmpty({value}.array_value), concat({brackets}), NULL)"


def _undecoded(value: str) -> str:
    kinds = {"array_value": "[]", "kvlist_value": "{}"}
    marked = (
        f"if(empty({value}.{kind}), '{empty}', concat('{{\"otlp.{kind}\":\"', base64Encode({value}.{kind}), '\"}}'))"
        for kind, empty in kinds.items()
    )
    return ", ".join(marked)
