-- Drop a table that was made for a removal.
-- table: its name.
DROP TABLE IF EXISTS {table:Identifier} SYNC
