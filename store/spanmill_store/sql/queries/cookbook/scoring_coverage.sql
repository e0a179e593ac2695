-- What became of the targets of each rule, and why do some have no score?
-- Subject: Quality
-- days (default 7): days back from now.
-- Reads score_ledger, which has a row for each rule and target; of it what was written in these days.
SELECT
    Rule AS rule,
    RuleVersion AS version,
    State AS state,
    count() AS targets,
    targets / sum(targets) OVER (PARTITION BY rule, version) AS share,
    topK(1)(Reason)[1] AS most_often
FROM score_ledger FINAL
WHERE Time >= subtractDays(now(), {days:UInt16})
GROUP BY rule, version, state
ORDER BY rule, version, targets DESC, state
