-- How many data points of each partition have exemplars of the traces in the list, or that name whose they are.
-- points: which table of metrics. pass: the list. hash: of the id of the user or session; k0, k1: key of the hash.
-- names: attributes that hold such an id.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {points:Identifier}
WHERE arrayExists(
        (id, named) -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            ),
        `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    )
GROUP BY PartitionId
ORDER BY PartitionId
