-- Scores with a label that is ambiguous, given since a time, oldest first, a page at a time.
-- rules, labels: pairs of a rule and one of its ambiguous labels. since_ns: nanoseconds since 1970. after: where the page before
-- ended, as one text, or ''. limit: rows of a page.
-- Reads the scores since then, by the minmax index over Time.
WITH arrayZip({rules:Array(String)}, {labels:Array(String)}) AS chosen
SELECT Project, Rule, TraceId, SpanId, Time, SessionId, RuleVersion, Name AS ScoreName, Value, Label, Rationale AS Reason,
    false AS IsWithdrawn,
    concat(leftPad(toString(toUnixTimestamp64Nano(Time)), 20, '0'), '|', Project, '|', Rule, '|', TraceId, '|', SpanId) AS Place
FROM scores FINAL
WHERE Time >= fromUnixTimestamp64Nano({since_ns:Int64}) AND has(chosen, (toString(Rule), toString(Label))) AND Place > {after:String}
ORDER BY Place
LIMIT {limit:UInt32}
