-- Note the spans of the traces in the list, by request.
-- table, name: which table. number: of the removal.
-- pass: the list.
INSERT INTO removals (Pass, Forget, Outcome, Table, PartitionId, Project, KeyId, Received, Items)
SELECT {number:UInt64}, {pass:UInt64}, 'deleted', {name:String}, _partition_id, Project, KeyId, IngestTime, count()
FROM {table:Identifier}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
GROUP BY _partition_id, Project, KeyId, IngestTime
