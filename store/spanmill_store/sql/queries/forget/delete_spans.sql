-- Rewrite a partition without the noted spans of the traces in the list.
-- table: which table. partition: its id. number: of the removal.
-- pass: the list.
ALTER TABLE {table:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
    AND (Project, IngestTime) IN
        (SELECT Project, Received FROM removals WHERE Pass = {number:UInt64} AND PartitionId = {partition:String})
