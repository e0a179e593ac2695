-- Targets about which two versions of one rule disagree, those with the largest differences first.
-- rule, old, new: the rule and its versions. limit: rows.
-- A verdict is as in compared/sums. Reads the rule's scores.
SELECT Project, TraceId, SpanId, Name, old.Value AS OldValue, new.Value AS NewValue, old.Label AS OldLabel, new.Label AS NewLabel,
    old.Rationale AS OldRationale, new.Rationale AS NewRationale
FROM
(
    SELECT Project, TraceId, SpanId, Name, Value, Label, Rationale
    FROM scores FINAL
    WHERE Rule = {rule:String} AND RuleVersion = {old:String} AND SamplingProbability > 0
) AS old
INNER JOIN
(
    SELECT Project, TraceId, SpanId, Name, Value, Label, Rationale
    FROM scores FINAL
    WHERE Rule = {rule:String} AND RuleVersion = {new:String} AND SamplingProbability > 0
) AS new USING (Project, TraceId, SpanId, Name)
WHERE if(old.Label = '' AND new.Label = '', NOT (old.Value <=> new.Value), old.Label != new.Label)
ORDER BY abs(ifNull(new.Value - old.Value, 0)) DESC, TraceId, SpanId, Name
LIMIT {limit:UInt32}
SETTINGS distributed_product_mode = 'local'
