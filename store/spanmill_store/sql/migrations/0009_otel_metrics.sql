-- Data points, a table for each kind of metric, with the columns of the OpenTelemetry Collector's ClickHouse exporter
-- (0.161) in front. Times keep their nanoseconds, where that version of the exporter has seconds.
CREATE TABLE IF NOT EXISTS otel_metrics_gauge/*_local*/ /*on cluster*/
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    Value Float64,
    Flags UInt32,
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    Project LowCardinality(String) DEFAULT 'default',
    IngestTime DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct',
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (Project, ServiceName, MetricName, TimeUnix)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(ServiceName, MetricName, Attributes)*/
-- ;
CREATE TABLE IF NOT EXISTS otel_metrics_sum/*_local*/ /*on cluster*/
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    Value Float64,
    Flags UInt32,
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    AggregationTemporality Int32,
    IsMonotonic Boolean,
    Project LowCardinality(String) DEFAULT 'default',
    IngestTime DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct',
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (Project, ServiceName, MetricName, TimeUnix)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(ServiceName, MetricName, Attributes)*/
-- ;
CREATE TABLE IF NOT EXISTS otel_metrics_histogram/*_local*/ /*on cluster*/
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    Count UInt64,
    Sum Float64,
    BucketCounts Array(UInt64),
    ExplicitBounds Array(Float64),
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    Flags UInt32,
    Min Float64,
    Max Float64,
    AggregationTemporality Int32,
    Project LowCardinality(String) DEFAULT 'default',
    IngestTime DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct',
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (Project, ServiceName, MetricName, TimeUnix)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(ServiceName, MetricName, Attributes)*/
-- ;
CREATE TABLE IF NOT EXISTS otel_metrics_exponential_histogram/*_local*/ /*on cluster*/
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    Count UInt64,
    Sum Float64,
    Scale Int32,
    ZeroCount UInt64,
    PositiveOffset Int32,
    PositiveBucketCounts Array(UInt64),
    NegativeOffset Int32,
    NegativeBucketCounts Array(UInt64),
    Exemplars Nested
    (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9),
        Value Float64,
        SpanId String,
        TraceId String
    ),
    Flags UInt32,
    Min Float64,
    Max Float64,
    AggregationTemporality Int32,
    Project LowCardinality(String) DEFAULT 'default',
    IngestTime DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct',
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (Project, ServiceName, MetricName, TimeUnix)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(ServiceName, MetricName, Attributes)*/
-- ;
CREATE TABLE IF NOT EXISTS otel_metrics_summary/*_local*/ /*on cluster*/
(
    ResourceAttributes Map(LowCardinality(String), String),
    ResourceSchemaUrl String,
    ScopeName String,
    ScopeVersion String,
    ScopeAttributes Map(LowCardinality(String), String),
    ScopeDroppedAttrCount UInt32,
    ScopeSchemaUrl String,
    ServiceName LowCardinality(String),
    MetricName LowCardinality(String),
    MetricDescription String,
    MetricUnit String,
    Attributes Map(LowCardinality(String), String),
    StartTimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    TimeUnix DateTime64(9) CODEC(Delta, ZSTD(1)),
    Count UInt64,
    Sum Float64,
    ValueAtQuantiles Nested
    (
        Quantile Float64,
        Value Float64
    ),
    Flags UInt32,
    Project LowCardinality(String) DEFAULT 'default',
    IngestTime DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct',
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (Project, ServiceName, MetricName, TimeUnix)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(ServiceName, MetricName, Attributes)*/
