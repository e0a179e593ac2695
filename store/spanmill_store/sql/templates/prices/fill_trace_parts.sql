-- Tells the traces of a day what those of their spans cost whose price has become known; before `prices/fill_spans`.
-- day: a day of otel_traces. within_s: only spans that came in during so many last seconds.
-- A trace keeps its spans as a set of tuples, and a tuple cannot be taken out of a set. So the same tuple is added once
-- more, with its cost. The view `traces` counts the first tuple of each span in sort order, and NULL sorts behind every
-- number: of two tuples that differ in nothing but the cost, the one that knows it counts, in whatever order they came
-- and whether they were merged. All other columns are added as they are, which changes none of them, for each is a
-- smallest, a largest or a set. Run twice, it adds what is there. It comes first because the spans tell what is still
-- to be done: when either step fails, both are done again.
-- Reads the spans of that day that have no cost, and the parts of their traces by an index.
INSERT INTO trace_parts
WITH costs AS
(
    SELECT Project, TraceId, mapFromArrays(groupArray(SpanId), groupArray(assumeNotNull(Cost))) AS Costs
    FROM
    (
        SELECT Project, TraceId, SpanId, /*computed_cost*/ AS Cost
        FROM otel_traces
        WHERE toDate(Timestamp) = toDate({day:String})
            AND IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32})
            AND isNull(CostUsd)
    )
    WHERE isNotNull(Cost)
    GROUP BY Project, TraceId
)
SELECT parts.* REPLACE
(
    arrayMap(
        span -> (
            span.SpanId, span.ParentSpanId, span.StartTime, span.Duration, span.SpanType, span.Name, span.ServiceName,
            span.IsError, span.InputTokens, span.OutputTokens, span.CachedTokens, toNullable(costs.Costs[span.SpanId]),
            span.CallId
        ),
        arrayFilter(span -> isNull(span.CostUsd) AND mapContains(costs.Costs, span.SpanId), parts.Spans)
    ) AS Spans,
    now64(3) AS LastStoreTime
)
FROM trace_parts AS parts
INNER JOIN costs ON costs.Project = parts.Project AND costs.TraceId = parts.TraceId
WHERE parts.Day = toDate({day:String}) AND (parts.Project, parts.TraceId) IN (SELECT Project, TraceId FROM costs)
SETTINGS distributed_product_mode = 'local'
