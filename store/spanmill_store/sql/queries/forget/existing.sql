-- Which of some tables there are.
-- tables: their names.
SELECT name AS Name
FROM system.tables
WHERE database = currentDatabase() AND name IN {tables:Array(String)}
ORDER BY Name
