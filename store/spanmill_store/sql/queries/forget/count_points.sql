-- How many data points that name whose the list is each partition of a table of metrics holds.
-- points: which table.
-- pass: the list. hash: of the id of the user or session; k0, k1: key of the hash. project: '' for all. time_ns: what
-- came later is new. names: attributes that hold such an id; none for a list of traces.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {points:Identifier}
WHERE (TimeUnix < fromUnixTimestamp64Nano({time_ns:Int64}) AND ({project:String} = '' OR Project = {project:String})
        AND arrayExists(
            id -> id != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), id) = unhex({hash:String}),
            arrayConcat(
                arrayMap(name -> trim(BOTH '"' FROM Attributes[name]), {names:Array(String)}),
                arrayMap(name -> trim(BOTH '"' FROM ResourceAttributes[name]), {names:Array(String)})
            )
        ))
GROUP BY PartitionId
ORDER BY PartitionId
