-- How many spans of each partition have links to the traces in the list.
-- table: otel_traces. pass: the list.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {table:Identifier}
WHERE arrayExists(id -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace'), `Links.TraceId`)
GROUP BY PartitionId
ORDER BY PartitionId
