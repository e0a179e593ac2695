-- Accounting: what the collectors took in and refused, per minute and key, to be held against what is stored. Accepted
-- items are counted by the collector and travel inside the request, so they arrive exactly when the request does. What was
-- refused or became a dead letter is written by the collector itself. An entry that is written again takes its own place,
-- even if ClickHouse has forgotten the token of its insert.
CREATE TABLE IF NOT EXISTS ingest_ledger/*_local*/ /*on cluster*/
(
    Minute DateTime COMMENT 'when it was received',
    Project LowCardinality(String),
    KeyId LowCardinality(String) COMMENT 'key that it was sent with, empty for none',
    Signal LowCardinality(String) COMMENT 'traces, logs or metrics',
    Outcome LowCardinality(String) COMMENT 'accepted, refused, dead_lettered, expired or deleted',
    Reason LowCardinality(String) COMMENT 'why it was refused',
    EntryId UInt64 COMMENT 'accepted: receive time of the first request that it counts; else a hash of its name',
    Requests Int64,
    Items Int64 COMMENT 'spans, log records or data points; negative where a dead letter was sent again'
)
ENGINE = /*Replicated*/ReplacingMergeTree
PARTITION BY toYYYYMM(Minute)
ORDER BY (Minute, Project, KeyId, Signal, Outcome, Reason, EntryId)
TTL Minute + INTERVAL 1 YEAR
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1, fsync_part_directory = 1,
    auto_statistics_types = ''
/*sharded by cityHash64(EntryId)*/
-- ;
CREATE MATERIALIZED VIEW IF NOT EXISTS otlp_traces_to_ingest_ledger /*on cluster*/ TO ingest_ledger AS
SELECT
    toStartOfMinute(fromUnixTimestamp64Nano(toInt64(receive_time_unix_nano))) AS Minute,
    if(project = '', 'default', project) AS Project,
    key_id AS KeyId,
    'traces' AS Signal,
    counted.1 AS Outcome,
    counted.2 AS Reason,
    min(receive_time_unix_nano) AS EntryId,
    sum(toInt64(counted.3)) AS Requests,
    sum(toInt64(counted.4)) AS Items
FROM otlp_traces
ARRAY JOIN [('accepted', '', 1, accepted_items), ('refused', 'bad_ids', 0, refused_items)] AS counted
WHERE counted.4 > 0
GROUP BY Minute, Project, KeyId, Outcome, Reason
-- ;
CREATE MATERIALIZED VIEW IF NOT EXISTS otlp_logs_to_ingest_ledger /*on cluster*/ TO ingest_ledger AS
SELECT
    toStartOfMinute(fromUnixTimestamp64Nano(toInt64(receive_time_unix_nano))) AS Minute,
    if(project = '', 'default', project) AS Project,
    key_id AS KeyId,
    'logs' AS Signal,
    'accepted' AS Outcome,
    '' AS Reason,
    min(receive_time_unix_nano) AS EntryId,
    toInt64(count()) AS Requests,
    toInt64(sum(accepted_items)) AS Items
FROM otlp_logs
GROUP BY Minute, Project, KeyId
-- ;
CREATE MATERIALIZED VIEW IF NOT EXISTS otlp_metrics_to_ingest_ledger /*on cluster*/ TO ingest_ledger AS
SELECT
    toStartOfMinute(fromUnixTimestamp64Nano(toInt64(receive_time_unix_nano))) AS Minute,
    if(project = '', 'default', project) AS Project,
    key_id AS KeyId,
    'metrics' AS Signal,
    'accepted' AS Outcome,
    '' AS Reason,
    min(receive_time_unix_nano) AS EntryId,
    toInt64(count()) AS Requests,
    toInt64(sum(accepted_items)) AS Items
FROM otlp_metrics
GROUP BY Minute, Project, KeyId
-- ;
-- What is there, counted again from the tables themselves. Rows that other writers inserted have the key 'direct'.
CREATE VIEW IF NOT EXISTS stored_items /*on cluster*/ AS
SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, 'traces' AS Signal, count() AS Items
FROM otel_traces WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
UNION ALL
SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, 'logs' AS Signal, count() AS Items
FROM otel_logs WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
UNION ALL
SELECT Minute, Project, KeyId, 'metrics' AS Signal, sum(Points) AS Items
FROM
(
    SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, count() AS Points
    FROM otel_metrics_gauge WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
    UNION ALL
    SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, count() AS Points
    FROM otel_metrics_sum WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
    UNION ALL
    SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, count() AS Points
    FROM otel_metrics_histogram WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
    UNION ALL
    SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, count() AS Points
    FROM otel_metrics_exponential_histogram WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
    UNION ALL
    SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, count() AS Points
    FROM otel_metrics_summary WHERE KeyId != 'direct' GROUP BY Minute, Project, KeyId
)
GROUP BY Minute, Project, KeyId
-- ;
-- The books: received = stored + refused + dead-lettered + expired + deleted. Unaccounted is what that lacks, in items:
-- above zero they were acknowledged and are not there, below zero they are there more often than they were acknowledged.
-- Zero is the promise. What retention and `spanmill store forget` take away is counted when they do.
CREATE VIEW IF NOT EXISTS ingest_accounts /*on cluster*/ AS
SELECT
    Minute,
    Project,
    KeyId,
    Signal,
    sum(accepted) + sum(refused) AS Received,
    sum(stored) AS Stored,
    sum(refused) AS Refused,
    sum(dead_lettered) AS DeadLettered,
    sum(expired) AS Expired,
    sum(deleted) AS Deleted,
    sum(accepted) - sum(stored) - sum(dead_lettered) - sum(expired) - sum(deleted) AS Unaccounted
FROM
(
    SELECT
        Minute, Project, KeyId, Signal,
        sumIf(Items, Outcome = 'accepted') AS accepted,
        sumIf(Items, Outcome = 'refused') AS refused,
        sumIf(Items, Outcome = 'dead_lettered') AS dead_lettered,
        sumIf(Items, Outcome = 'expired') AS expired,
        sumIf(Items, Outcome = 'deleted') AS deleted,
        toInt64(0) AS stored
    FROM ingest_ledger FINAL
    GROUP BY Minute, Project, KeyId, Signal
    UNION ALL
    SELECT Minute, Project, KeyId, Signal, toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(0), toInt64(Items)
    FROM stored_items
)
GROUP BY Minute, Project, KeyId, Signal
