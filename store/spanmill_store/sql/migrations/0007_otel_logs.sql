-- Log records, with exactly the columns of the OpenTelemetry Collector's ClickHouse exporter (0.161) in front. Several
-- GenAI instrumentations put what models were asked and answered into log records that name a span.
CREATE TABLE IF NOT EXISTS otel_logs/*_local*/ /*on cluster*/
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String,
    SpanId String,
    TraceFlags UInt8,
    SeverityText LowCardinality(String),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String),
    Body String,
    ResourceSchemaUrl LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String),
    ScopeSchemaUrl LowCardinality(String),
    ScopeName String,
    ScopeVersion LowCardinality(String),
    ScopeAttributes Map(LowCardinality(String), String),
    LogAttributes Map(LowCardinality(String), String),
    EventName String COMMENT 'name of the event that the record is, empty for a plain log line',
    TimestampTime DateTime ALIAS toDateTime(Timestamp) COMMENT 'for dashboards made for older versions of the exporter',
    Project LowCardinality(String) DEFAULT 'default' COMMENT 'whose record it is',
    IngestTime DateTime64(9) DEFAULT now64(9) COMMENT 'when spanmill received it' CODEC(Delta, ZSTD(1)),
    KeyId LowCardinality(String) DEFAULT 'direct' COMMENT 'key that it was sent with, empty for none; direct: not through a collector',
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_ingest_time IngestTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (Project, Timestamp)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by if(TraceId = '', cityHash64(ServiceName, Timestamp), cityHash64(TraceId))*/
