-- Drop a partition.
-- table: of which table. partition: its id.
ALTER TABLE {table:Identifier} DROP PARTITION ID {partition:String}
