-- How many rows of the traces and sessions in the list each partition of a table of scores, flags or test cases holds.
-- table: which. pass: the list.
-- Reads project, trace and session.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {table:Identifier}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
    OR (Project, SessionId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'session')
GROUP BY PartitionId
ORDER BY PartitionId
