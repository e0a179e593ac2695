-- How many rows of the traces in the list each partition of a table holds.
-- table: which. pass: the list.
-- Reads project and trace id.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {table:Identifier}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
GROUP BY PartitionId
ORDER BY PartitionId
