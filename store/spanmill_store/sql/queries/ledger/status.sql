-- How far every rule version has come: targets by state, and how many were flagged.
-- failures: the states that mean sampled without a score.
-- Reads both tables whole; for people and for the demo, not for a tick.
SELECT Rule, RuleVersion, Waiting, Scored, Failed, Filtered, SampledOut, Flagged, LastTime
FROM
(
    SELECT Rule, RuleVersion,
        countIf(State = 'waiting') AS Waiting,
        countIf(State IN ('scored', 'late_rescored')) AS Scored,
        countIf(has({failures:Array(String)}, toString(State))) AS Failed,
        countIf(State = 'filtered') AS Filtered,
        countIf(State = 'sampled_out') AS SampledOut,
        max(Time) AS LastTime
    FROM score_ledger FINAL
    GROUP BY Rule, RuleVersion
) AS ledger
LEFT JOIN
(
    SELECT Rule, RuleVersion, count() AS Flagged
    FROM flags FINAL
    WHERE NOT IsWithdrawn
    GROUP BY Rule, RuleVersion
) AS flagged USING (Rule, RuleVersion)
ORDER BY Rule, LastTime DESC
