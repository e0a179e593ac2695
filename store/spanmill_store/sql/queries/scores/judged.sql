-- How many targets were scored and how many were sampled and could not be, by rule and version: what means do not know of.
-- rule, days, by: as in scores/sums. failures: states of the ledger.
-- Reads the ledger's rows of these days.
SELECT
    Rule AS rule,
    RuleVersion AS version,
    if({by:String} = 'day', toString(toDate(Time)), '') AS part,
    countIf(has({failures:Array(String)}, toString(State))) AS failed
FROM score_ledger FINAL
WHERE Time >= subtractDays(now(), {days:UInt16}) AND ({rule:String} = '' OR Rule = {rule:String})
GROUP BY rule, version, part
