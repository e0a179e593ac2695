-- How many log records of the traces in the list, or that name whose they are, each partition holds.
-- logs: which table.
-- pass: the list. hash: of the id of the user or session; k0, k1: key of the hash. project: '' for all. time_ns: what
-- came later is new. names: attributes that hold such an id; none for a list of traces.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {logs:Identifier}
WHERE ((Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
        OR (Timestamp < fromUnixTimestamp64Nano({time_ns:Int64}) AND ({project:String} = '' OR Project = {project:String})
            AND arrayExists(
                id -> id != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), id) = unhex({hash:String}),
                arrayConcat(
                    arrayMap(name -> trim(BOTH '"' FROM LogAttributes[name]), {names:Array(String)}),
                    arrayMap(name -> trim(BOTH '"' FROM ResourceAttributes[name]), {names:Array(String)})
                )
            )))
GROUP BY PartitionId
ORDER BY PartitionId
