-- Note the log records of the traces in the list, or that name whose they are, by request.
-- logs, name: which table. number: of the removal.
-- pass: the list. hash: of the id of the user or session; k0, k1: key of the hash. project: '' for all. time_ns: what
-- came later is new. names: attributes that hold such an id; none for a list of traces.
INSERT INTO removals (Pass, Forget, Outcome, Table, PartitionId, Project, KeyId, Received, Items)
SELECT {number:UInt64}, {pass:UInt64}, 'deleted', {name:String}, _partition_id, Project, KeyId, IngestTime, count()
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
GROUP BY _partition_id, Project, KeyId, IngestTime
