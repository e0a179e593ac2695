-- Rewrite a partition of a table without the rows of the traces in the list.
-- table: which. partition: its id. pass: the list.
ALTER TABLE {table:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
