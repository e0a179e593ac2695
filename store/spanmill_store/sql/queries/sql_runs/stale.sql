-- Runs of one rule that began so long ago that they must have died.
-- rule: which. before_ns: nanoseconds since 1970.
-- Reads a table that is empty most of the time.
SELECT Run
FROM sql_runs
WHERE Rule = {rule:String}
GROUP BY Run
HAVING min(Time) < fromUnixTimestamp64Nano({before_ns:Int64})
ORDER BY Run
