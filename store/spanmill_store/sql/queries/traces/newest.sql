-- The newest traces of which a part satisfies filters, with the time of their latest such part.
-- project: whose. since_ns, before_ns: when that part began, nanoseconds since 1970; after_id: of those that began at
-- before_ns itself, only traces behind this id. limit: how many, the newest first.
-- Filters, of which the first of a list is given, the others empty or false: service, user, session, environment, release, source,
-- name (of a model, a tool or an agent), tag, failed (a span ended in an error), text (in what was asked, in any case; with
-- in_output in what was answered).
-- A trace may pass with one part and fail as a whole, so this finds too many, never too few, and traces/rows decides.
-- Reads the hours of that time; indexes skip where a user or a session is not.
-- Without its settings, a few granules out of many are read up to five times as slowly.
WITH fromUnixTimestamp64Nano({since_ns:Int64}) AS since, fromUnixTimestamp64Nano({before_ns:Int64}) AS before
SELECT TraceId, toUnixTimestamp64Nano(max(StartTime)) AS TimeNs
FROM trace_parts
WHERE Project = {project:String}
    AND Day BETWEEN toDate(since) AND toDate(before)
    AND Hour BETWEEN toStartOfHour(since) AND toDateTime(before)
    AND StartTime >= since AND StartTime <= before
    AND ({service:String} = '' OR has(Spans.ServiceName, {service:String}))
    AND ({user:String} = '' OR UserId = {user:String})
    AND ({session:String} = '' OR SessionId = {session:String})
    AND ({environment:String} = '' OR Environment = {environment:String})
    AND ({release:String} = '' OR Release = {release:String})
    AND ({source:String} = '' OR Source = {source:String})
    AND ({name:String} = '' OR has(Spans.Name, {name:String}))
    AND ({tag:String} = '' OR has(Tags, {tag:String}))
    AND (NOT {failed:Bool} OR has(Spans.IsError, true))
    AND ({text:String} = '' OR positionCaseInsensitiveUTF8(if({in_output:Bool}, Output.Text, Input.Text), {text:String}) > 0)
GROUP BY TraceId
HAVING TimeNs < {before_ns:Int64} OR TraceId > {after_id:String}
ORDER BY TimeNs DESC, TraceId
LIMIT {limit:UInt32}
SETTINGS optimize_move_to_prewhere = 0, use_skip_indexes_on_data_read = 0
