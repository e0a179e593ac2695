-- Whose rows a partition holds, and when they were received.
-- table: which. partition: id of the partition. received: the column with the time.
-- Reads two columns of the partition that compress to almost nothing.
SELECT toString(Project) AS Project, count() AS Rows,
    toDate(min({received:Identifier})) AS FirstDay, toDate(max({received:Identifier})) AS LastDay
FROM {table:Identifier}
WHERE _partition_id = {partition:String}
GROUP BY Project
ORDER BY Project
