-- How many of some parts are still there, rather than merged.
-- table: of which table. parts: their names.
SELECT count() AS Parts
FROM system.parts
WHERE database = currentDatabase() AND active AND table = {table:String} AND name IN {parts:Array(String)}
