-- Notifications that are to be sent now, without their bodies, the longest due first.
-- now_ns: nanoseconds since 1970. route: one route, or '' for all. limit: rows of one route, the rest comes later.
-- Reads states, by their index; not FINAL, because merges have removed the pending rows of what has ended.
SELECT Project, NotificationId, argMax(row.Time, row.Version) AS Time, argMax(row.Kind, row.Version) AS Kind,
    argMax(row.Rule, row.Version) AS Rule, argMax(row.Route, row.Version) AS Route, argMax(row.TraceId, row.Version) AS TraceId,
    argMax(row.SpanId, row.Version) AS SpanId, argMax(row.SessionId, row.Version) AS SessionId,
    argMax(row.State, row.Version) AS State, max(row.Attempts) AS Attempts,
    argMax(tuple(row.AttemptTime), row.Version).1 AS AttemptTime, argMax(row.NextTime, row.Version) AS NextTime,
    argMax(row.Reason, row.Version) AS Reason
FROM notifications AS row
WHERE row.NotificationId IN
(
    SELECT NotificationId
    FROM notifications
    WHERE State = 'pending' AND ({route:String} = '' OR Route = {route:String})
)
GROUP BY Project, NotificationId
HAVING State = 'pending' AND NextTime <= fromUnixTimestamp64Nano({now_ns:Int64})
ORDER BY NextTime, Time, NotificationId
LIMIT {limit:UInt32} BY Route
