-- Traces that have spans which began in a window. A part of scoring/complete_traces.
-- from_ns, until_ns: the window, nanoseconds since 1970, its end excluded. shares, share: one of so many equal shares of them.
-- Reads the window's hours.
SELECT TraceId
FROM trace_parts
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({from_ns:Int64})) AND Hour <= fromUnixTimestamp64Nano({until_ns:Int64})
    AND StartTime >= fromUnixTimestamp64Nano({from_ns:Int64}) AND StartTime < fromUnixTimestamp64Nano({until_ns:Int64})
    AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
