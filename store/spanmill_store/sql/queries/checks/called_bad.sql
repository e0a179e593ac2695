-- Sums of what one rule version calls bad, 1 or else 0, from which its share of all traffic follows (spanmill_store.estimates).
-- rule, version, name: which scores. days: how far back. below, above, labels: what is bad; infinite or empty: nothing.
-- Reads the scores of these days.
WITH
    1 / SamplingProbability AS weight,
    toFloat64(has({labels:Array(String)}, toString(Label)) OR ifNull(Value < {below:Float64} OR Value > {above:Float64}, false)) AS bad
SELECT
    count() AS count,
    sum(weight) AS w,
    sum(weight * weight) AS ww,
    sum(weight * bad) AS wy,
    sum(weight * weight * bad) AS wwy,
    sum(weight * weight * bad) AS wwyy,
    true AS is_binary
FROM scores FINAL
WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND Name = {name:String}
    AND Source IN ('rule', 'judge') AND SamplingProbability > 0 AND Time >= subtractDays(now(), {days:UInt16})
