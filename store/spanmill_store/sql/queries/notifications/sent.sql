-- How many attempts each route has seen since a time.
-- since_ns: nanoseconds since 1970.
-- Reads routes and times.
SELECT Route, uniqExact(NotificationId, Attempts) AS Attempted
FROM notifications
WHERE AttemptTime >= fromUnixTimestamp64Nano({since_ns:Int64})
GROUP BY Route
