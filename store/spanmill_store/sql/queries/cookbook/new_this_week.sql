-- Which models, prompts, agents, tools and releases are new?
-- Subject: Releases, models and prompts
-- days (default 7): days back from now.
-- Reads first_seen, which has one row for each of them and is small.
SELECT Kind AS kind, Value AS value, ServiceName AS service, FirstTime AS first_time, LastTime AS last_time
FROM first_seen
WHERE FirstTime >= subtractDays(now(), {days:UInt16})
ORDER BY first_time DESC, kind, value, service
