-- Sessions of which spans began in a window.
-- from_ns, until_ns: the window, nanoseconds since 1970, its end excluded. shares, share: one of so many equal shares of them.
-- Reads two columns of the window's hours.
SELECT DISTINCT SessionId
FROM trace_parts
WHERE Hour >= toStartOfHour(fromUnixTimestamp64Nano({from_ns:Int64})) AND Hour <= fromUnixTimestamp64Nano({until_ns:Int64})
    AND StartTime >= fromUnixTimestamp64Nano({from_ns:Int64}) AND StartTime < fromUnixTimestamp64Nano({until_ns:Int64})
    AND SessionId != '' AND cityHash64(SessionId) % {shares:UInt32} = {share:UInt32}
