-- Take the exemplars of the traces in the list, and those that name whose they are, out of the data points of a partition.
-- The points stay: they are sums over many users.
-- points: which table of metrics. partition: its id. pass: the list. hash: of the id of the user or session; k0, k1: key of
-- the hash. names: attributes that hold such an id.
ALTER TABLE {points:Identifier} UPDATE
    `Exemplars.SpanId` = arrayFilter(
        (kept, id, named) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            )),
        `Exemplars.SpanId`, `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    ),
    `Exemplars.Value` = arrayFilter(
        (kept, id, named) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            )),
        `Exemplars.Value`, `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    ),
    `Exemplars.TimeUnix` = arrayFilter(
        (kept, id, named) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            )),
        `Exemplars.TimeUnix`, `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    ),
    `Exemplars.FilteredAttributes` = arrayFilter(
        (kept, id, named) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            )),
        `Exemplars.FilteredAttributes`, `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    ),
    `Exemplars.TraceId` = arrayFilter(
        (kept, id, named) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            )),
        `Exemplars.TraceId`, `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    )
IN PARTITION ID {partition:String}
WHERE arrayExists(
        (id, named) -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
            OR arrayExists(
                name -> named[name] != ''
                    AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM named[name])) = unhex({hash:String}),
                {names:Array(String)}
            ),
        `Exemplars.TraceId`, `Exemplars.FilteredAttributes`
    )
