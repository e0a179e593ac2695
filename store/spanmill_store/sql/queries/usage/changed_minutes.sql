-- Minutes whose usage may have changed: those of every span of the traces that got spans since a time.
-- since_ms: milliseconds since 1970, by the clock of ClickHouse.
-- Reads LastStoreTime, and of the days around those traces their spans; see MARGIN in usage.py.
WITH changed AS (SELECT DISTINCT TraceId, Day FROM trace_parts WHERE LastStoreTime >= fromUnixTimestamp64Milli({since_ms:Int64}))
SELECT Project, toStartOfMinute(fromUnixTimestamp64Nano(span.StartTime)) AS Minute
FROM trace_parts
ARRAY JOIN Spans AS span
WHERE TraceId IN (SELECT TraceId FROM changed)
    AND Day IN (SELECT arrayJoin(arrayMap(days -> Day + days, range(-2, 3))) FROM changed)
GROUP BY Project, Minute
ORDER BY Project, Minute
SETTINGS distributed_product_mode = 'local'
