-- What time it is by the clock of ClickHouse, nanoseconds since 1970.
SELECT toUnixTimestamp64Nano(now64(9)) AS NowNs
