-- In which parts of a table the items of some requests lie.
-- table: a table of items. times_ns: when the requests were received, which no two of a collector share;
-- first_ns, last_ns: the least and the greatest of them.
-- Reads the granules that the index on IngestTime leaves.
SELECT _part AS Part, _partition_id AS PartitionId, count() AS Items
FROM {table:Identifier}
WHERE IngestTime IN (SELECT fromUnixTimestamp64Nano(arrayJoin({times_ns:Array(Int64)})))
    AND IngestTime >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND IngestTime <= fromUnixTimestamp64Nano({last_ns:Int64})
GROUP BY Part, PartitionId
