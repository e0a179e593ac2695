-- How do versions of a prompt compare in errors, tokens, cost and score?
-- Subject: Releases, models and prompts
-- score (default none): name of a score of traces, to be averaged over those in which the version took part.
-- source (default judge): whose score: rule, judge, human, user or api.
-- days (default 7): days back from now.
-- Reads otel_traces of these days only, by its partitions.
-- Scores count with the inverse of their sampling probability.
SELECT
    call.PromptName AS prompt,
    call.PromptVersion AS version,
    sum(call.calls) AS calls,
    sum(call.failed) / calls AS failed_share,
    sum(call.tokens) / calls AS tokens_per_call,
    if(sum(call.priced) > 0, sum(call.usd) / sum(call.priced), NULL) AS usd_per_call,
    countIf(score.weight > 0) AS scores,
    sumIf(score.weight * score.Value, score.weight > 0) / sumIf(score.weight, score.weight > 0) AS mean_score
FROM
(
    SELECT
        Project, TraceId, PromptName, PromptVersion,
        count() AS calls,
        countIf(IsError) AS failed,
        sum(ifNull(InputTokens, 0) + ifNull(OutputTokens, 0)) AS tokens,
        sum(ifNull(CostUsd, 0)) AS usd,
        count(CostUsd) AS priced
    FROM otel_traces
    WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'llm'
        AND PromptName != ''
    GROUP BY Project, TraceId, PromptName, PromptVersion
) AS call
LEFT ANY JOIN
(
    SELECT Project, TraceId, Value, 1 / SamplingProbability AS weight
    FROM scores FINAL
    WHERE Time >= subtractDays(now(), {days:UInt16}) AND Name = {score:String} AND SpanId = '' AND isNotNull(Value)
        AND Source = {source:String} AND SamplingProbability > 0
    ORDER BY Time DESC
    LIMIT 1 BY Project, TraceId
) AS score ON score.Project = call.Project AND score.TraceId = call.TraceId
GROUP BY prompt, version
ORDER BY prompt, version
