-- Count the usage of some minutes anew.
-- project, minutes: which. from, until: what they lie between. fold: under which number the rows are entered.
-- Reads the traces of these days that have spans in between.
INSERT INTO usage_parts
WITH
    traces_between AS
    (
        SELECT TraceId
        FROM trace_parts
        WHERE Project = {project:String} AND Day BETWEEN toDate({from:DateTime}) AND toDate({until:DateTime})
            AND StartTime < {until:DateTime} AND EndTime >= {from:DateTime}
    )
SELECT
    Project,
    toStartOfMinute(fromUnixTimestamp64Nano(item.StartTime)) AS Minute,
    item.ServiceName AS ServiceName,
    item.SpanType AS SpanType,
    item.Name AS Name,
    release AS Release,
    environment AS Environment,
    source AS Source,
    {fold:UInt64} AS Fold,
    count() AS Count,
    countIf(item.IsError) AS Errors,
    sumIf(ifNull(item.InputTokens, 0), is_counted) AS InputTokens,
    sumIf(ifNull(item.OutputTokens, 0), is_counted) AS OutputTokens,
    sumIf(ifNull(item.CachedTokens, 0), is_counted) AS CachedTokens,
    sumIf(ifNull(item.CostUsd, 0), is_counted) AS CostUsd,
    countIf(is_counted AND isNull(item.CostUsd)) AS Unpriced,
    quantilesDDState(0.01, 0.5, 0.9, 0.95, 0.99)(item.Duration) AS Durations
FROM
(
    SELECT
        Project, release, environment, source,
        arrayMap(
            times -> times = 2,
            arraySlice(arrayEnumerateUniq(arrayConcat(counted.SpanId, each_span.SpanId)), length(counted) + 1)
        ) AS are_counted,
        arrayPushBack(each_span, CAST((
            '', '', toUnixTimestamp64Nano(start_time),
            greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time)),
            'trace', app_root.SpanName, if(root.SpanId = '', service_name, root.ServiceName),
            arrayExists(span -> span.IsError, each_span), NULL, NULL, NULL, NULL, 0
        ), toTypeName(each_span[1]))) AS items
    FROM trace_states
    WHERE Project = {project:String} AND TraceId IN (SELECT TraceId FROM traces_between)
)
ARRAY JOIN items AS item, arrayPushBack(are_counted, false) AS is_counted
WHERE Minute IN {minutes:Array(DateTime)}
GROUP BY Project, Minute, ServiceName, SpanType, Name, Release, Environment, Source
SETTINGS distributed_product_mode = 'local'
