-- Rewrite the completions of sessions without those that are in the list, or have a trace in it.
-- sessions: session_completions. partition: its id. pass: the list.
ALTER TABLE {sessions:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (Project, SessionId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'session')
    OR arrayExists(id -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace'), TraceIds)
