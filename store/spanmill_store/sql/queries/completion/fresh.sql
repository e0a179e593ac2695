-- How many traces may be complete that are not known to be.
-- idle_from_ms, idle_until_ms, open_from_ms, open_until_ms, old_from_ms, old_until_ms: as in completion/complete.
-- Reads the index on LastStoreTime, and two columns of the traces found there.
SELECT count() AS Fresh
FROM
(
    SELECT Project, TraceId, max(LastStoreTime) AS stored
    FROM trace_parts
    WHERE ((LastStoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64}))
        OR (LastStoreTime BETWEEN fromUnixTimestamp64Milli({open_from_ms:Int64}) AND fromUnixTimestamp64Milli({open_until_ms:Int64}))
        OR (LastStoreTime BETWEEN fromUnixTimestamp64Milli({old_from_ms:Int64}) AND fromUnixTimestamp64Milli({old_until_ms:Int64})))
    GROUP BY Project, TraceId
)
WHERE (Project, TraceId, stored) NOT IN
(
    SELECT Project, TraceId, StoreTime
    FROM completions
    WHERE ((StoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64}))
        OR (StoreTime BETWEEN fromUnixTimestamp64Milli({open_from_ms:Int64}) AND fromUnixTimestamp64Milli({open_until_ms:Int64}))
        OR (StoreTime BETWEEN fromUnixTimestamp64Milli({old_from_ms:Int64}) AND fromUnixTimestamp64Milli({old_until_ms:Int64})))
)
SETTINGS distributed_product_mode = 'local'
