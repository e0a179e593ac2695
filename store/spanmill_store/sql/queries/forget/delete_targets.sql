-- Rewrite a table of scores, flags or test cases without the rows of the traces and sessions in the list.
-- table: which. partition: its id. pass: the list.
ALTER TABLE {table:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
    OR (Project, SessionId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'session')
