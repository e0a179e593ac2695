-- Put the sessions of the traces in the list into the list too, unless another user is named in them.
-- pass: the list. hash: of the user's id; k0, k1: key of the hash.
-- Reads the sessions' column of all spans twice.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT {pass:UInt64}, 'session', Project, SessionId
FROM otel_traces
WHERE SessionId != '' AND (Project, SessionId) IN
(
    SELECT Project, SessionId
    FROM otel_traces
    WHERE (Project, TraceId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
)
GROUP BY Project, SessionId
HAVING countIf(UserId != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM UserId)) != unhex({hash:String})) = 0
