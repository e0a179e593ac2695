-- Rewrite a partition without the rows of some projects that were received before a day.
-- table, partition: where. received: the column with the time. projects: whose. before: the day.
ALTER TABLE {table:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE Project IN {projects:Array(String)} AND {received:Identifier} < toDateTime64({before:Date}, 9)
