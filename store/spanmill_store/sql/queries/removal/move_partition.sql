-- Move a partition from one table to another: at once, and without rewriting it.
-- table, target: from where to where. partition: its id.
ALTER TABLE {table:Identifier} MOVE PARTITION ID {partition:String} TO TABLE {target:Identifier}
