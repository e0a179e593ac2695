-- Sums of scores, from which means over all traffic follow (spanmill_store.estimates): by rule, version and name, and by label.
-- rule: one rule, or '' for all. days: of which the scores are, back from now. by: '' or 'day'.
-- A row with an empty Label is of the values of all scores, the others are of the scores with that label.
-- Reads the scores of these days.
WITH 1 / SamplingProbability AS weight
SELECT
    Rule AS rule,
    RuleVersion AS version,
    Name AS name,
    if({by:String} = 'day', toString(toDate(Time)), '') AS part,
    said AS label,
    count() AS count,
    sum(weight) AS w,
    sum(weight * weight) AS ww,
    sum(weight * ifNull(Value, 0)) AS wy,
    sum(weight * weight * ifNull(Value, 0)) AS wwy,
    sum(pow(weight * ifNull(Value, 0), 2)) AS wwyy,
    countIf(ifNull(Value, -1) NOT IN (0, 1)) = 0 AS is_binary
FROM scores FINAL
ARRAY JOIN arrayFilter((word, is_said) -> is_said, ['', Label], [isNotNull(Value), Label != '']) AS said
WHERE Time >= subtractDays(now(), {days:UInt16}) AND Source IN ('rule', 'judge') AND SamplingProbability > 0
    AND ({rule:String} = '' OR Rule = {rule:String})
GROUP BY rule, version, name, part, label
ORDER BY rule, version, name, part, label
