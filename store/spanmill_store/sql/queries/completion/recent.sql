-- How many traces there are of the last hours, roughly.
-- since_ns: from when on.
-- Reads one column of those hours.
SELECT count() AS Traces
FROM trace_parts
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({since_ns:Int64}))
