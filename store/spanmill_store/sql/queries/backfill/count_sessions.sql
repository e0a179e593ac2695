-- Of how many sessions spans began in a window, about.
-- from_ns, until_ns: the window, nanoseconds since 1970, its end excluded.
-- Reads two columns of the window's hours.
SELECT uniq(SessionId) AS Sessions
FROM trace_parts
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({from_ns:Int64})) AND Hour <= fromUnixTimestamp64Nano({until_ns:Int64})
    AND StartTime >= fromUnixTimestamp64Nano({from_ns:Int64}) AND StartTime < fromUnixTimestamp64Nano({until_ns:Int64})
    AND SessionId != ''
