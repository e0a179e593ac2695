-- The server's clock: the only one that decides when a trace is complete.
SELECT toUnixTimestamp64Nano(now64(9)) AS NowNs
