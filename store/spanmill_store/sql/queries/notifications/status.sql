-- How the routes of all rules do, for the terminal.
-- Reads the table without bodies.
SELECT Rule, Route, countIf(State = 'pending') AS Pending, countIf(State = 'delivered') AS Delivered,
    countIf(State = 'grouped') AS Grouped, countIf(State = 'failed') AS Failed,
    maxIf(AttemptTime, State = 'delivered') AS LastDelivered,
    argMaxIf(Reason, AttemptTime, State IN ('pending', 'failed') AND Reason != '') AS LastProblem
FROM notifications FINAL
GROUP BY Rule, Route
ORDER BY Rule, Route
