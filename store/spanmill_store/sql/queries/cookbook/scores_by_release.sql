-- How good is each release?
-- Subject: Quality
-- days (default 7): days back from now.
-- Reads scores of these days, by the minmax index over Time, and their traces by (Project, TraceId).
-- Each score counts with the inverse of its sampling probability, so that the mean is that of all traffic; the standard
-- error takes scores as independent of each other. Of a target's scores of one name and source the newest counts.
WITH current AS (
    SELECT Project, TraceId, Name, Value, Label, Source, 1 / SamplingProbability AS weight
    FROM scores FINAL
    WHERE Time >= subtractDays(now(), {days:UInt16}) AND Source != 'experiment' AND SamplingProbability > 0
    ORDER BY Time DESC
    LIMIT 1 BY Project, TraceId, SpanId, Name, Source
)
SELECT
    score.Name AS name,
    score.Source AS source,
    trace.Release AS release,
    count() AS scores,
    sum(score.weight * score.Value) / sum(score.weight) AS mean,
    if(
        scores > 1,
        sqrt(scores / (scores - 1) * greatest(0, sum(pow(score.weight * score.Value, 2))
            - 2 * mean * sum(pow(score.weight, 2) * score.Value) + pow(mean, 2) * sum(pow(score.weight, 2))))
            / sum(score.weight),
        NULL
    ) AS standard_error
FROM current AS score
JOIN (
        SELECT Project, TraceId, Release
        FROM traces
        WHERE (Project, TraceId) IN (
            SELECT Project, TraceId FROM scores WHERE Time >= subtractDays(now(), {days:UInt16})
        ) AND Source = 'production'
) AS trace ON trace.Project = score.Project AND trace.TraceId = score.TraceId
WHERE isNotNull(score.Value)
GROUP BY name, source, release
ORDER BY name, source, release
