-- Sums of one rule's scores, by project, from which its mean or the share of what is bad follows (spanmill_store.estimates).
-- rule, version: whose. now_ns: nanoseconds since 1970. over_s: of the last so many seconds. known_s: of the last so many
-- seconds the newest score of any version is looked for. of: mean or flagged. below, above, labels: what is bad.
-- Reads the scores of that time, by the minmax index over Time.
WITH
    1 / SamplingProbability AS weight,
    ifNull(Value < {below:Float64}, false) OR ifNull(Value > {above:Float64}, false) OR (Label != '' AND has({labels:Array(String)}, Label)) AS is_bad,
    if({of:String} = 'flagged', toFloat64(is_bad), ifNull(Value, 0)) AS y,
    RuleVersion = {version:String} AND ({of:String} = 'flagged' OR isNotNull(Value))
        AND Time > fromUnixTimestamp64Nano({now_ns:Int64}) - toIntervalMillisecond(toInt64({over_s:Float64} * 1000)) AS counts
SELECT
    Project AS project,
    countIf(counts) AS count,
    sumIf(weight, counts) AS w,
    sumIf(weight * weight, counts) AS ww,
    sumIf(weight * y, counts) AS wy,
    sumIf(weight * weight * y, counts) AS wwy,
    sumIf(pow(weight * y, 2), counts) AS wwyy,
    countIf(counts AND y NOT IN (0, 1)) = 0 AS is_binary,
    toUnixTimestamp64Nano(max(Time)) AS last_ns
FROM scores FINAL
WHERE Rule = {rule:String} AND Source IN ('rule', 'judge') AND SamplingProbability > 0
    AND Time > fromUnixTimestamp64Nano({now_ns:Int64}) - toIntervalMillisecond(toInt64({known_s:Float64} * 1000))
GROUP BY project
