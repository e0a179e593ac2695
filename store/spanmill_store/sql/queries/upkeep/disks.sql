-- The disks that ClickHouse keeps its data on.
SELECT name AS Name, path AS Path, free_space AS FreeBytes, total_space AS TotalBytes
FROM system.disks
WHERE type = 'Local' AND total_space > 0
ORDER BY Name
