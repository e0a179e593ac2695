-- Take links to the traces in the list out of the spans of a partition. The spans stay: they are of other traces.
-- table: otel_traces. partition: its id. pass: the list.
ALTER TABLE {table:Identifier} UPDATE
    `Links.SpanId` = arrayFilter((kept, id) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')), `Links.SpanId`, `Links.TraceId`),
    `Links.TraceState` = arrayFilter((kept, id) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')), `Links.TraceState`, `Links.TraceId`),
    `Links.Attributes` = arrayFilter((kept, id) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')), `Links.Attributes`, `Links.TraceId`),
    `Links.TraceId` = arrayFilter((kept, id) -> NOT (id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')), `Links.TraceId`, `Links.TraceId`)
IN PARTITION ID {partition:String}
WHERE arrayExists(id -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace'), `Links.TraceId`)
