-- Minutes whose usage may have changed: those of every span of the traces that got spans since a time.
-- since_ms: milliseconds since 1970, by the clock of ClickHouse.
-- Reads LastStoreTime of the days of those traces, and their spans.
SELECT Project, toStartOfMinute(fromUnixTimestamp64Nano(span.StartTime)) AS Minute
FROM trace_parts
ARRAY JOIN Spans AS span
WHERE TraceId IN (SELECT TraceId FROM trace_parts WHERE LastStoreTime >= fromUnixTimestamp64Milli({since_ms:Int64}))
GROUP BY Project, Minute
ORDER BY Project, Minute
SETTINGS distributed_product_mode = 'local'
