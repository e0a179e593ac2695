-- Rewrite a partition without the requests that were noted.
-- table, partition: where. pass: the removal.
ALTER TABLE {table:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (Project, IngestTime) IN
    (SELECT Project, Received FROM removals WHERE Pass = {pass:UInt64} AND PartitionId = {partition:String})
