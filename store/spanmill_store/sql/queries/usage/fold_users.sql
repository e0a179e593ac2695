-- Count what users used in some minutes anew.
-- project, minutes: which. from, until: what they lie between. fold: under which number the rows are entered.
-- Reads the traces of these days that have spans in between.
INSERT INTO user_usage_parts
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
    toStartOfMinute(fromUnixTimestamp64Nano(call.StartTime)) AS Minute,
    user_id AS UserId,
    call.ServiceName AS ServiceName,
    call.Name AS Model,
    release AS Release,
    source AS Source,
    {fold:UInt64} AS Fold,
    count() AS Calls,
    countIf(call.IsError) AS Errors,
    sum(ifNull(call.InputTokens, 0)) AS InputTokens,
    sum(ifNull(call.OutputTokens, 0)) AS OutputTokens,
    sum(ifNull(call.CachedTokens, 0)) AS CachedTokens,
    sum(ifNull(call.CostUsd, 0)) AS CostUsd,
    countIf(isNull(call.CostUsd)) AS Unpriced
FROM
(
    SELECT Project, user_id, release, source, counted
    FROM trace_states
    WHERE Project = {project:String} AND TraceId IN (SELECT TraceId FROM traces_between) AND user_id != ''
)
ARRAY JOIN counted AS call
WHERE Minute IN {minutes:Array(DateTime)}
GROUP BY Project, Minute, UserId, ServiceName, Model, Release, Source
SETTINGS distributed_product_mode = 'local'
