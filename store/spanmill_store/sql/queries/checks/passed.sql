-- Rule versions whose newest check was passed.
-- Reads the whole table, which has some rows for each time that somebody checked a rule.
SELECT Rule, RuleVersion
FROM rule_checks
WHERE Kind = 'check'
GROUP BY Rule, RuleVersion
HAVING argMax(ifNull(Passed, false), Time)
ORDER BY Rule, RuleVersion
