-- Put the traces of the judges' own calls about the traces in the list into the list too: they quote them.
-- pass: the list.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'trace', Project, ScorerTraceId
FROM scores
WHERE ScorerTraceId != ''
    AND (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
    AND (Project, ScorerTraceId) NOT IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
