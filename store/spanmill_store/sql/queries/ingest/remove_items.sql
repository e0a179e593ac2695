-- Remove the items of some requests from a table of items.
-- table: a table of items. times_ns: when the requests were received; first_ns, last_ns: the least and the greatest.
DELETE FROM {table:Identifier} /*on cluster*/
WHERE IngestTime IN (SELECT fromUnixTimestamp64Nano(arrayJoin({times_ns:Array(Int64)})))
    AND IngestTime >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND IngestTime <= fromUnixTimestamp64Nano({last_ns:Int64})
