"""
Metrics: the messages of an ``ExportMetricsServiceRequest``, and the SELECTs that turn requests into data points.

There is a table for each kind of metric, ``otel_metrics_<kind>``, with the columns of the OpenTelemetry Collector's
ClickHouse exporter.
"""

from dataclasses import dataclass, field
from typing import Final

from spanmill_store.otlp.context import OWN_COLUMNS, hex_id, per_scope, selected, timestamp
from spanmill_store.otlp.description import ANY_VALUE, Field, Message, envelope, plain_attributes
from spanmill_store.otlp.rendering import plain_as_map

_TIMES: Final = (Field("start_time_unix_nano", 2, "fixed64"), Field("time_unix_nano", 3, "fixed64"))
_COUNT_AND_SUM: Final = (Field("count", 4, "fixed64"), Field("sum", 5, "double"))

EXEMPLAR: Final = Message(
    "Exemplar",
    (
        Field("time_unix_nano", 2, "fixed64"),
        Field("as_double", 3, "double", is_optional=True),
        Field("span_id", 4, "bytes"),
        Field("trace_id", 5, "bytes"),
        Field("as_int", 6, "sfixed64", is_optional=True),
        plain_attributes(7, "filtered_attributes"),
    ),
)


def _exemplars(number: int) -> Field:
    return Field("exemplars", number, "Exemplar", is_repeated=True)


NUMBER_POINT: Final = Message(
    "NumberDataPoint",
    (
        *_TIMES,
        Field("as_double", 4, "double", is_optional=True),
        _exemplars(5),
        Field("as_int", 6, "sfixed64", is_optional=True),
        plain_attributes(7),
        Field("flags", 8, "uint32"),
    ),
)
HISTOGRAM_POINT: Final = Message(
    "HistogramDataPoint",
    (
        *_TIMES,
        *_COUNT_AND_SUM,
        Field("bucket_counts", 6, "fixed64", is_repeated=True),
        Field("explicit_bounds", 7, "double", is_repeated=True),
        _exemplars(8),
        plain_attributes(9),
        Field("flags", 10, "uint32"),
        Field("min", 11, "double"),
        Field("max", 12, "double"),
    ),
)
EXPONENTIAL_POINT: Final = Message(
    "ExponentialHistogramDataPoint",
    (
        plain_attributes(1),
        *_TIMES,
        *_COUNT_AND_SUM,
        Field("scale", 6, "sint32"),
        Field("zero_count", 7, "fixed64"),
        Field("positive", 8, "Buckets"),
        Field("negative", 9, "Buckets"),
        Field("flags", 10, "uint32"),
        _exemplars(11),
        Field("min", 12, "double"),
        Field("max", 13, "double"),
    ),
)
SUMMARY_POINT: Final = Message(
    "SummaryDataPoint",
    (
        *_TIMES,
        *_COUNT_AND_SUM,
        Field("quantile_values", 6, "ValueAtQuantile", is_repeated=True),
        plain_attributes(7),
        Field("flags", 8, "uint32"),
    ),
)

_TEMPORALITY: Final = Field("aggregation_temporality", 2, "int32")


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of metric.

    Attributes:
        name: As in the table's name.
        number: Its field in a ``Metric``.
        point: The message of its data points.
        data: What its own message holds beside the data points.
        columns: The columns of its table that other kinds lack, as expressions over ``p``, a point, and ``data``.
        has_exemplars: Whether its points carry exemplars.
    """

    name: str
    number: int
    point: Message
    data: tuple[Field, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    has_exemplars: bool = True

    @property
    def message(self) -> Message:
        """The message that holds its data points."""
        points = Field("data_points", 1, self.point.name, is_repeated=True)
        return Message("".join(word.title() for word in self.name.split("_")), (points, *self.data))


_VALUE: Final = {"Value": "coalesce(`p.as_double`, toFloat64(`p.as_int`), 0)"}
_TEMPORAL: Final = {"AggregationTemporality": "Temporality"}
_MIN_MAX: Final = {"Min": "`p.min`", "Max": "`p.max`"}
_SUMMED: Final = {"Count": "`p.count`", "Sum": "`p.sum`"}

KINDS: Final = (
    Kind("gauge", 5, NUMBER_POINT, columns=_VALUE),
    Kind(
        "sum",
        7,
        NUMBER_POINT,
        (_TEMPORALITY, Field("is_monotonic", 3, "bool")),
        {**_VALUE, **_TEMPORAL, "IsMonotonic": "IsMonotonic"},
    ),
    Kind(
        "histogram",
        9,
        HISTOGRAM_POINT,
        (_TEMPORALITY,),
        {
            **_SUMMED,
            "BucketCounts": "`p.bucket_counts`",
            "ExplicitBounds": "`p.explicit_bounds`",
            **_MIN_MAX,
            **_TEMPORAL,
        },
    ),
    Kind(
        "exponential_histogram",
        10,
        EXPONENTIAL_POINT,
        (_TEMPORALITY,),
        {
            **_SUMMED,
            "Scale": "`p.scale`",
            "ZeroCount": "`p.zero_count`",
            "PositiveOffset": "`p.positive`.offset",
            "PositiveBucketCounts": "`p.positive`.bucket_counts",
            "NegativeOffset": "`p.negative`.offset",
            "NegativeBucketCounts": "`p.negative`.bucket_counts",
            **_MIN_MAX,
            **_TEMPORAL,
        },
    ),
    Kind(
        "summary",
        11,
        SUMMARY_POINT,
        columns={
            **_SUMMED,
            "`ValueAtQuantiles.Quantile`": "`p.quantile_values`.quantile",
            "`ValueAtQuantiles.Value`": "`p.quantile_values`.value",
        },
        has_exemplars=False,
    ),
)

METRIC: Final = Message(
    "Metric",
    (
        Field("name", 1, "string"),
        Field("description", 2, "string"),
        Field("unit", 3, "string"),
        *(Field(kind.name, kind.number, kind.message.name) for kind in KINDS),
    ),
)

MESSAGES: Final = (
    *envelope("resource_metrics", "scope_metrics", "metrics", "Metric"),
    METRIC,
    *(kind.message for kind in KINDS),
    NUMBER_POINT,
    HISTOGRAM_POINT,
    EXPONENTIAL_POINT,
    Message("Buckets", (Field("offset", 1, "sint32"), Field("bucket_counts", 2, "uint64", is_repeated=True))),
    SUMMARY_POINT,
    Message("ValueAtQuantile", (Field("quantile", 1, "double"), Field("value", 2, "double"))),
    EXEMPLAR,
    *ANY_VALUE,
)

COMMON_COLUMNS: Final = {
    "ResourceAttributes": "ResourceAttributes",
    "ResourceSchemaUrl": "ResourceSchemaUrl",
    "ScopeName": "ScopeName",
    "ScopeVersion": "ScopeVersion",
    "ScopeAttributes": "ScopeAttributes",
    "ScopeDroppedAttrCount": "ScopeDroppedAttrCount",
    "ScopeSchemaUrl": "ScopeSchemaUrl",
    "ServiceName": "ResourceAttributes['service.name']",
    "MetricName": "MetricName",
    "MetricDescription": "MetricDescription",
    "MetricUnit": "MetricUnit",
    "Attributes": plain_as_map("`p.attributes`"),
    "StartTimeUnix": timestamp("`p.start_time_unix_nano`"),
    "TimeUnix": timestamp("`p.time_unix_nano`"),
    "Flags": "`p.flags`",
}
EXEMPLAR_COLUMNS: Final = {
    "`Exemplars.FilteredAttributes`": f"arrayMap(a -> {plain_as_map('a')}, `p.exemplars`.filtered_attributes)",
    "`Exemplars.TimeUnix`": f"arrayMap(t -> {timestamp('t')}, `p.exemplars`.time_unix_nano)",
    "`Exemplars.Value`": "arrayMap((d, i) -> coalesce(d, toFloat64(i), 0),"
    " `p.exemplars`.as_double, `p.exemplars`.as_int)",
    "`Exemplars.SpanId`": f"arrayMap(id -> {hex_id('id', 8)}, `p.exemplars`.span_id)",
    "`Exemplars.TraceId`": f"arrayMap(id -> {hex_id('id', 16)}, `p.exemplars`.trace_id)",
}


def flatten(kind: Kind) -> str:
    """The SELECT of the view from ``otlp_metrics`` to the table of *kind*."""
    exemplars = EXEMPLAR_COLUMNS if kind.has_exemplars else {}
    temporality = f", m.{kind.name}.aggregation_temporality AS Temporality" if _TEMPORALITY in kind.data else ""
    monotonic = f", m.{kind.name}.is_monotonic AS IsMonotonic" if len(kind.data) > 1 else ""
    return f"""SELECT
    {selected({**COMMON_COLUMNS, **kind.columns, **exemplars, **OWN_COLUMNS})}
FROM
(
    SELECT
        Project, IngestTime, KeyId, ResourceSchemaUrl, ResourceAttributes,
        ScopeSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount,
        m.name AS MetricName, m.description AS MetricDescription, m.unit AS MetricUnit{temporality}{monotonic},
        untuple(arrayJoin(m.{kind.name}.data_points)) AS p
    FROM
    (
        SELECT
            Project, IngestTime, KeyId, ResourceSchemaUrl, ResourceAttributes,
            ScopeSchemaUrl, ScopeName, ScopeVersion, ScopeAttributes, ScopeDroppedAttrCount, arrayJoin(metrics) AS m
        FROM
        {per_scope("otlp_metrics", "resource_metrics", "scope_metrics", "metrics")}
    )
)"""
