-- Evaluation results that came as OTLP: `gen_ai.evaluation.result`, as an event of the span that was evaluated or as a log
-- record that names it. Some libraries send both. A score's id follows from its span and its name, so they are one score. A
-- record that names a session and no trace is a score of the session.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_scores /*on cluster*/ TO scores/*_local*/ AS
WITH
    attributes['gen_ai.evaluation.name'] AS name,
    attributes['gen_ai.evaluation.score.value'] AS value
SELECT
    Project,
    time AS Time,
    TraceId,
    SpanId,
    SessionId,
    name AS Name,
    multiIf(value = 'true', 1, value = 'false', 0, toFloat64OrNull(value)) AS Value,
    attributes['gen_ai.evaluation.score.label'] AS Label,
    attributes['gen_ai.evaluation.explanation'] AS Rationale,
    if(attributes['spanmill.score.source'] IN ('human', 'user', 'judge', 'rule', 'experiment'), attributes['spanmill.score.source'], 'api') AS Source,
    attributes['gen_ai.evaluation.evaluator.model'] AS JudgeModel,
    ifNull(toFloat64OrNull(attributes['spanmill.score.sampling_probability']), 1) AS SamplingProbability,
    lower(left(hex(SHA256(concat(toString(Project), '\0', TraceId, '\0', SpanId, '\0\0\0', name))), 32)) AS ScoreId
FROM
(
    SELECT Project, TraceId, SpanId, SessionId, arrayJoin(arrayZip(Events.Timestamp, Events.Name, Events.Attributes)) AS event,
        event.1 AS time, event.3 AS attributes
    FROM otel_traces/*_local*/
    WHERE has(Events.Name, 'gen_ai.evaluation.result')
)
WHERE event.2 = 'gen_ai.evaluation.result' AND name != ''
-- ;
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_logs_to_scores /*on cluster*/ TO scores/*_local*/ AS
WITH
    LogAttributes['gen_ai.evaluation.name'] AS name,
    LogAttributes['gen_ai.evaluation.score.value'] AS value
SELECT
    Project,
    Timestamp AS Time,
    TraceId,
    SpanId,
    if(LogAttributes['session.id'] = '', LogAttributes['gen_ai.conversation.id'], LogAttributes['session.id']) AS SessionId,
    name AS Name,
    multiIf(value = 'true', 1, value = 'false', 0, toFloat64OrNull(value)) AS Value,
    LogAttributes['gen_ai.evaluation.score.label'] AS Label,
    LogAttributes['gen_ai.evaluation.explanation'] AS Rationale,
    if(LogAttributes['spanmill.score.source'] IN ('human', 'user', 'judge', 'rule', 'experiment'), LogAttributes['spanmill.score.source'], 'api') AS Source,
    LogAttributes['gen_ai.evaluation.evaluator.model'] AS JudgeModel,
    ifNull(toFloat64OrNull(LogAttributes['spanmill.score.sampling_probability']), 1) AS SamplingProbability,
    lower(left(hex(SHA256(concat(toString(Project), '\0', TraceId, '\0', SpanId, '\0\0\0', name, if(TraceId = '', concat('\0', SessionId), '')))), 32)) AS ScoreId
FROM otel_logs/*_local*/
WHERE EventName = 'gen_ai.evaluation.result' AND name != ''
