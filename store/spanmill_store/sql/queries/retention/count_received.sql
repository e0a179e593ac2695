-- How many rows of some projects in a partition were received before a day.
-- table, partition: where. received: the column with the time. projects: whose. before: the day.
SELECT count() AS Rows
FROM {table:Identifier}
WHERE _partition_id = {partition:String} AND Project IN {projects:Array(String)}
    AND {received:Identifier} < toDateTime64({before:Date}, 9)
