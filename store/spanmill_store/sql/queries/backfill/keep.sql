-- Keep how far a backfill of one rule has come.
-- rule, version: the rule. since_ns, until_ns: what it is asked to enter. reached_ns: up to where all is entered.
INSERT INTO backfills (Rule, RuleVersion, Since, Until, Reached)
SELECT {rule:String}, {version:String}, fromUnixTimestamp64Nano({since_ns:Int64}), fromUnixTimestamp64Nano({until_ns:Int64}),
    fromUnixTimestamp64Nano({reached_ns:Int64})
