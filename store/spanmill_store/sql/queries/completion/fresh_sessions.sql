-- Sessions that may be complete and are not known to be.
-- idle_from_ms … idle_until_ms, long_from_ms … long_until_ms: when spans of sessions were stored that may have been idle for
-- long enough by now, or have gone on for too long. since_ns: traces that became complete after it complete their session.
-- Reads the index on LastStoreTime, and of the traces that became complete late their granules.
SELECT DISTINCT Project, SessionId
FROM
(
    SELECT Project, SessionId
    FROM trace_parts
    WHERE SessionId != ''
        AND ((LastStoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64}))
            OR (LastStoreTime BETWEEN fromUnixTimestamp64Milli({long_from_ms:Int64}) AND fromUnixTimestamp64Milli({long_until_ms:Int64})))
    GROUP BY Project, SessionId
    HAVING (Project, SessionId, max(LastStoreTime)) NOT IN
    (
        SELECT Project, SessionId, StoreTime
        FROM session_completions
        WHERE StoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64})
    )
    UNION ALL
    SELECT Project, SessionId
    FROM trace_parts
    WHERE SessionId != '' AND TraceId IN
    (
        SELECT TraceId
        FROM completions
        WHERE Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND StoreTime <= fromUnixTimestamp64Milli({idle_until_ms:Int64})
    )
)
SETTINGS distributed_product_mode = 'local'
