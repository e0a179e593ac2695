-- What share of traces fails, by service and hour?
-- Subject: Errors
-- days (default 1): days back from now.
-- Reads usage by the minute, by its sorting key (Project, Minute). Hours are those of UTC.
-- A trace fails when any of its spans does.
SELECT
    toStartOfHour(Minute, 'UTC') AS hour,
    ServiceName AS service,
    sum(Count) AS traces,
    sum(Errors) AS failed,
    failed / traces AS failed_share
FROM usage
WHERE Minute >= subtractDays(now(), {days:UInt16}) AND SpanType = 'trace' AND Source = 'production'
GROUP BY hour, service
ORDER BY hour DESC, service
