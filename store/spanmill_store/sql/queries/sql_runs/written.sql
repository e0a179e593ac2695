-- How many scores of a run are there.
-- rule, version: which. now_ns: when it began.
-- An index finds the granules of that time.
SELECT count() AS Scores
FROM scores
WHERE Time = fromUnixTimestamp64Nano({now_ns:Int64}) AND Rule = {rule:String} AND RuleVersion = {version:String}
