-- Spans. The first columns are exactly those of the OpenTelemetry Collector's ClickHouse exporter, so that what was
-- made for it works here; the canonical columns follow from the attributes, whoever inserts.
-- Sorted by time: a time range reads few granules, the spans of a trace lie near each other, and parts that follow each
-- other are merged by the block, not row by row, which takes half the time.
-- Compression is the server's: light for new, small parts, ZSTD for merged ones, see deploy/clickhouse/config.xml.
-- Parts are compact up to a gigabyte, because at insert a file for each of a hundred columns costs as much as all the
-- rest. They are merged about thirty at a time, so that a row is rewritten once or twice, not four times; a day to which
-- nothing was added for four hours becomes one part.
CREATE TABLE IF NOT EXISTS otel_traces/*_local*/ /*on cluster*/
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String,
    SpanId String,
    ParentSpanId String,
    TraceState String,
    SpanName LowCardinality(String),
    SpanKind LowCardinality(String),
    ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeName String,
    ScopeVersion String,
    SpanAttributes Map(LowCardinality(String), String),
    Duration UInt64,
    StatusCode LowCardinality(String),
    StatusMessage String,
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ),
    ScopeAttributes Map(LowCardinality(String), String) COMMENT 'attributes of the instrumentation scope',
    Project LowCardinality(String) DEFAULT 'default' COMMENT 'whose span it is',
    IngestTime DateTime64(9) DEFAULT now64(9) COMMENT 'when spanmill received it' CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct' COMMENT 'key it was sent with, empty for none; direct: no collector',
    /*columns*/,
    PackedKeys Array(LowCardinality(String)) COMMENT 'attributes whose messages are kept in messages; spans shows them as they were sent',
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_session_id SessionId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (Project, Timestamp)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32, min_age_to_force_merge_seconds = 14400, min_age_to_force_merge_on_partition_only = 1
/*sharded by cityHash64(TraceId)*/
