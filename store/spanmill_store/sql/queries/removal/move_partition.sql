-- Move a partition from one table to another: at once, and without rewriting it.
-- table: from where. partition: its id. [target]: to where, which no parameter can name.
ALTER TABLE {table:Identifier} MOVE PARTITION ID {partition:String} TO TABLE /*[target]*/ removed_otel_traces /*[/target]*/
