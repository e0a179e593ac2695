-- The ids of the newest traces that may satisfy the filters, of a stretch of time; traces/rows decides.
-- project: whose. since, before: when they began, UTC, `before` not included. limit: how many, the newest first.
-- Each filter is empty, 0 or false where nothing is asked for: service, user, session, environment, release, source,
-- name (of a model, a tool or an agent), tag, failed (a span of it ended in an error).
-- A trace in parts may pass with one part and fail as a whole, so this finds too many, never too few.
-- Reads the hours of that time; indexes skip where a user, a session, a name, a service or an error is not.
SELECT TraceId, min(StartTime) AS FirstTime
FROM trace_parts
WHERE Project = {project:String}
    AND Day BETWEEN toDate({since:DateTime64(9)}) AND toDate({before:DateTime64(9)})
    AND Hour BETWEEN toStartOfHour({since:DateTime64(9)}) AND {before:DateTime64(9)}
    AND StartTime >= {since:DateTime64(9)} AND StartTime < {before:DateTime64(9)}
    AND ({service:String} = '' OR has(Spans.ServiceName, {service:String}))
    AND ({user:String} = '' OR UserId = {user:String})
    AND ({session:String} = '' OR SessionId = {session:String})
    AND ({environment:String} = '' OR Environment = {environment:String})
    AND ({release:String} = '' OR Release = {release:String})
    AND ({source:String} = '' OR Source = {source:String})
    AND ({name:String} = '' OR has(Spans.Name, {name:String}))
    AND ({tag:String} = '' OR has(Tags, {tag:String}))
    AND (NOT {failed:Bool} OR has(Spans.IsError, true))
GROUP BY TraceId
ORDER BY FirstTime DESC, TraceId
LIMIT {limit:UInt32}
