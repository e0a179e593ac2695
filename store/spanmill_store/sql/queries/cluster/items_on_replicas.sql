-- How many items of some requests each replica of a cluster has.
-- cluster, database, table: a shard's table of items. times_ns: when the requests were received; first_ns, last_ns: the
-- least and the greatest of them.
-- Reads, on every replica, the granules that the index on IngestTime leaves. Fails while one of them is away.
SELECT getMacro('shard') AS Shard, hostName() AS Host, count() AS Items
FROM clusterAllReplicas({cluster:String}, {database:Identifier}, {table:Identifier})
WHERE IngestTime IN (SELECT fromUnixTimestamp64Nano(arrayJoin({times_ns:Array(Int64)})))
    AND IngestTime >= fromUnixTimestamp64Nano({first_ns:Int64})
    AND IngestTime <= fromUnixTimestamp64Nano({last_ns:Int64})
GROUP BY Shard, Host
SETTINGS skip_unavailable_shards = 0
