-- Flags that were set or withdrawn since a time, oldest first, a page at a time.
-- rules: whose. since_ns: nanoseconds since 1970. after: where the page before ended: time, project, rule, trace and span as one
-- text, or ''. limit: rows of a page.
-- Reads the flags since then, by the minmax index over Time. A later row of a target is later in Time as well, so the newest is here.
SELECT Project, Rule, TraceId, SpanId, max(flag.Time) AS Time,
    argMax(flag.SessionId, flag.Time) AS SessionId, argMax(flag.RuleVersion, flag.Time) AS RuleVersion,
    argMax(flag.ScoreName, flag.Time) AS ScoreName, argMax(tuple(flag.Value), flag.Time).1 AS Value,
    argMax(flag.Label, flag.Time) AS Label, argMax(flag.Reason, flag.Time) AS Reason,
    argMax(flag.IsWithdrawn, flag.Time) AS IsWithdrawn,
    concat(leftPad(toString(toUnixTimestamp64Nano(Time)), 20, '0'), '|', Project, '|', Rule, '|', TraceId, '|', SpanId) AS Place
FROM flags AS flag
WHERE flag.Time >= fromUnixTimestamp64Nano({since_ns:Int64}) AND flag.Rule IN {rules:Array(String)}
GROUP BY Project, Rule, TraceId, SpanId
HAVING Place > {after:String}
ORDER BY Place
LIMIT {limit:UInt32}
