-- Days of spans that were not looked at yet, the oldest first.
-- before: only those before this day.
-- Reads the names of partitions.
SELECT toDate(partition) AS Day, sum(rows) AS Spans
FROM system.parts
WHERE database = currentDatabase() AND table = 'otel_traces' AND active AND toDate(partition) < {before:Date}
    AND toDate(partition) NOT IN (SELECT Day FROM packed_days)
GROUP BY Day
ORDER BY Day
