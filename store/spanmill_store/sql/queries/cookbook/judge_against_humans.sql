-- How often does a judge agree with people?
-- Subject: Quality
-- threshold (default 0.5): from which value on a score without a label is good.
-- days (default 30): days back from now.
-- Reads scores of these days, by the minmax index over Time.
-- Compares scores of one name and target: labels, or good and bad where there are none. Kappa is 1 for full agreement
-- and 0 for as much as chance brings. Pairs count with the inverse of the probability that both were sampled.
WITH current AS (
    SELECT
        Project, TraceId, SpanId, Name, Source, 1 / SamplingProbability AS weight,
        multiIf(Label != '', toString(Label), Value >= {threshold:Float64}, 'good', 'bad') AS verdict
    FROM scores FINAL
    WHERE Time >= subtractDays(now(), {days:UInt16}) AND Source IN ('judge', 'human') AND SamplingProbability > 0
        AND (Label != '' OR isNotNull(Value))
    ORDER BY Time DESC
    LIMIT 1 BY Project, TraceId, SpanId, Name, Source
)
SELECT
    judge.Name AS name,
    count() AS pairs,
    sum(judge.weight * human.weight) AS total,
    sumIf(judge.weight * human.weight, judge.verdict = human.verdict) / total AS agreement,
    sumMap(map(judge.verdict, judge.weight * human.weight)) AS judged,
    sumMap(map(human.verdict, judge.weight * human.weight)) AS said,
    arraySum(verdict -> judged[verdict] * said[verdict], mapKeys(judged)) / pow(total, 2) AS by_chance,
    if(by_chance < 1, (agreement - by_chance) / (1 - by_chance), NULL) AS kappa
FROM (SELECT * FROM current WHERE Source = 'judge') AS judge
JOIN (SELECT * FROM current WHERE Source = 'human') AS human
    ON human.Project = judge.Project AND human.TraceId = judge.TraceId AND human.SpanId = judge.SpanId
        AND human.Name = judge.Name
GROUP BY name
ORDER BY name
