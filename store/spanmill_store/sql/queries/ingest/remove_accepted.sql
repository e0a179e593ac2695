-- Remove what the ledger says about some accepted requests.
-- times_ns: when they were received; first_ns, last_ns: the least and the greatest of them.
DELETE FROM ingest_ledger/*_local*/ /*on cluster*/
WHERE EntryId IN (SELECT toUInt64(arrayJoin({times_ns:Array(Int64)})))
    AND Outcome IN ('accepted', 'refused')
    AND Minute >= toStartOfMinute(fromUnixTimestamp64Nano({first_ns:Int64}))
    AND Minute <= fromUnixTimestamp64Nano({last_ns:Int64})
