-- What some rules said of some targets, by the names of the scores: the newest, where two rules give the same name.
-- rules, versions: the rules. trace_ids, session_ids: of the targets; of what is not meant only ''.
-- Looked up by the primary key.
SELECT
    Project,
    TraceId,
    SpanId,
    session AS SessionId,
    CAST(groupArray((Name, said.1)) AS Map(String, Nullable(Float64))) AS spanmill_values,
    CAST(groupArray((Name, said.2)) AS Map(String, String)) AS spanmill_labels
FROM
(
    SELECT Project, TraceId, SpanId, if(TraceId = '', SessionId, '') AS session, toString(score.Name) AS Name,
        argMax((Value, toString(Label)), Time) AS said
    FROM scores AS score FINAL
    WHERE TraceId IN {trace_ids:Array(String)} AND if(TraceId = '', SessionId, '') IN {session_ids:Array(String)}
        AND (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({rules:Array(String)}, {versions:Array(String)})))
    GROUP BY Project, TraceId, SpanId, session, Name
)
GROUP BY Project, TraceId, SpanId, SessionId
