-- How many traces have spans that began in each hour of a window.
-- from_ns, until_ns: the window, nanoseconds since 1970, its end excluded.
-- Reads two columns of the window's hours.
SELECT toUnixTimestamp64Nano(toDateTime64(Hour, 9)) AS HourNs, uniq(Project, TraceId) AS Traces
FROM trace_parts
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({from_ns:Int64})) AND Hour <= fromUnixTimestamp64Nano({until_ns:Int64})
    AND StartTime >= fromUnixTimestamp64Nano({from_ns:Int64}) AND StartTime < fromUnixTimestamp64Nano({until_ns:Int64})
GROUP BY Hour
ORDER BY Hour
