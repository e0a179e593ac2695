-- Enter the models, prompts, agents, tools and versions of services that were met in the traces of some minutes.
-- project: which. from, until: what the minutes lie between.
-- Reads the traces of these days that have spans in between.
INSERT INTO first_seen_parts
WITH
    traces_between AS
    (
        SELECT TraceId
        FROM trace_parts
        WHERE Project = {project:String} AND Day BETWEEN toDate({from:DateTime}) AND toDate({until:DateTime})
            AND StartTime < {until:DateTime} AND EndTime >= {from:DateTime}
    ),
    ['llm', 'embedding', 'reranker', 'agent', 'tool'] AS types,
    ['model', 'model', 'model', 'agent', 'tool'] AS kinds
SELECT
    Project,
    seen.1 AS Kind,
    seen.2 AS Value,
    seen.3 AS ServiceName,
    min(start_time) AS FirstTime,
    max(end_time) AS LastTime
FROM
(
    SELECT
        Project,
        min(StartTime) AS start_time,
        max(EndTime) AS end_time,
        arrayDistinct(arrayConcat(
            groupUniqArrayArray(Seen),
            arrayMap(span -> (transform(span.SpanType, types, kinds, ''), span.Name, span.ServiceName), groupArrayArray(Spans))
        )) AS met
    FROM trace_parts
    WHERE Project = {project:String} AND TraceId IN (SELECT TraceId FROM traces_between)
    GROUP BY Project, TraceId
)
ARRAY JOIN met AS seen
WHERE Kind != '' AND Value != ''
GROUP BY Project, Kind, Value, ServiceName
SETTINGS distributed_product_mode = 'local'
