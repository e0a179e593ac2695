-- Tables of partitions on their way out, and the partitions that are in them.
-- Reads the lists of tables and parts.
SELECT tables.name AS Staging, parts.PartitionId AS PartitionId, toDateOrNull(parts.Partition) AS Day
FROM system.tables AS tables
LEFT JOIN
(
    SELECT table AS Table, partition_id AS PartitionId, any(partition) AS Partition
    FROM system.parts
    WHERE database = currentDatabase() AND active AND rows > 0
    GROUP BY Table, PartitionId
) AS parts ON parts.Table = tables.name
WHERE tables.database = currentDatabase() AND startsWith(tables.name, 'removed_')
ORDER BY Staging, PartitionId
