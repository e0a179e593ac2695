-- Which tools are slowest?
-- Subject: Speed
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads otel_traces of these days only, by its partitions. In seconds.
SELECT
    ToolName AS tool,
    count() AS runs,
    quantile(0.5)(Duration) / 1e9 AS p50_s,
    quantile(0.95)(Duration) / 1e9 AS p95_s,
    max(Duration) / 1e9 AS longest_s,
    sum(Duration) / 1e9 AS total_s
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'tool'
GROUP BY tool
ORDER BY p95_s DESC, tool
LIMIT {limit:UInt32}
