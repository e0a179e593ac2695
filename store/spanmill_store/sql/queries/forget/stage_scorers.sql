-- Put the traces of the judges' own calls about the traces in the list into the list too: they quote them.
-- pass: the list.
-- A score names the call that it came from; a call that brought no score has a link to what it was about. Reads the links of
-- the judges' spans.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'trace', Project, CallId
FROM
(
    SELECT Project, ScorerTraceId AS CallId
    FROM scores
    WHERE ScorerTraceId != ''
        AND (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
    UNION ALL
    SELECT Project, TraceId AS CallId
    FROM otel_traces
    ARRAY JOIN `Links.TraceId` AS Judged
    WHERE ServiceName = 'spanmill-judge'
        AND (Project, Judged) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
)
WHERE (Project, CallId) NOT IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
