-- Sums of the differences between what two versions of one rule gave the same targets, as spanmill_store.estimates takes them,
-- and how many verdicts changed.
-- rule, old, new: the rule and its versions.
-- A pair is in both samples, so it was drawn with the lower of the two probabilities. A verdict is the label, and the value where
-- neither version gave one. Reads the rule's scores.
WITH
    1 / least(old.SamplingProbability, new.SamplingProbability) AS weight,
    new.Value - old.Value AS difference,
    if(old.Label = '' AND new.Label = '', NOT (old.Value <=> new.Value), old.Label != new.Label) AS is_changed
SELECT
    Name AS name,
    count() AS pairs,
    countIf(is_changed) AS changed,
    countIf(difference > 0) AS up,
    countIf(difference < 0) AS down,
    count(difference) AS count,
    sumIf(weight, isNotNull(difference)) AS w,
    sumIf(weight * weight, isNotNull(difference)) AS ww,
    sum(weight * ifNull(difference, 0)) AS wy,
    sum(weight * weight * ifNull(difference, 0)) AS wwy,
    sum(pow(weight * ifNull(difference, 0), 2)) AS wwyy,
    sumIf(weight * assumeNotNull(old.Value), isNotNull(difference)) AS w_old,
    sumIf(weight * assumeNotNull(new.Value), isNotNull(difference)) AS w_new
FROM
(
    SELECT Project, TraceId, SpanId, Name, Value, Label, SamplingProbability
    FROM scores FINAL
    WHERE Rule = {rule:String} AND RuleVersion = {old:String} AND SamplingProbability > 0
) AS old
INNER JOIN
(
    SELECT Project, TraceId, SpanId, Name, Value, Label, SamplingProbability
    FROM scores FINAL
    WHERE Rule = {rule:String} AND RuleVersion = {new:String} AND SamplingProbability > 0
) AS new USING (Project, TraceId, SpanId, Name)
GROUP BY Name
ORDER BY Name
SETTINGS distributed_product_mode = 'local'
