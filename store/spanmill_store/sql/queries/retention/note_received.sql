-- Note the rows of some projects in a partition that were received before a day, by request.
-- pass: the removal. table, partition: where. projects: whose. before: the day.
-- Reads three columns of the partition.
INSERT INTO removals (Pass, Forget, Outcome, Table, PartitionId, Project, KeyId, Received, Items)
SELECT {pass:UInt64}, 0, 'expired', {table:String}, {partition:String}, Project, KeyId, IngestTime, count()
FROM {table:Identifier}
WHERE _partition_id = {partition:String} AND Project IN {projects:Array(String)}
    AND IngestTime < toDateTime64({before:Date}, 9)
GROUP BY Project, KeyId, IngestTime
