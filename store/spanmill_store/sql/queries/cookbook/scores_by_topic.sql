-- How good are answers, by topic?
-- Subject: Quality
-- topic (default topic): name of the score whose labels are the topics.
-- days (default 7): days back from now.
-- Reads scores of these days, by the minmax index over Time.
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
    topic.Label AS topic,
    score.Name AS name,
    score.Source AS source,
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
    SELECT Project, TraceId, Label FROM current
    WHERE Name = {topic:String} AND Label != ''
    LIMIT 1 BY Project, TraceId
) AS topic
    ON topic.Project = score.Project AND topic.TraceId = score.TraceId
WHERE isNotNull(score.Value) AND score.Name != {topic:String}
GROUP BY topic, name, source
ORDER BY name, source, mean, topic
