-- Of some traces, those that traces/newest has listed before, for a later part of them satisfies the filters too.
-- project: whose. trace_ids: which. after_ns: parts that began later than this count, nanoseconds since 1970; after_id: so do
-- those that began at after_ns itself, of traces up to this id.
-- Filters, of which the first of a list is given, the others empty or false: service, user, session, environment, release, source,
-- name (of a model, a tool or an agent), tag, failed (a span ended in an error), text (in what was asked, in any case; with
-- in_output in what was answered).
-- Reads the granules of these traces from that time on.
-- Without its settings, a few granules out of many are read up to five times as slowly.
WITH fromUnixTimestamp64Nano({after_ns:Int64}) AS after
SELECT DISTINCT TraceId
FROM trace_parts
WHERE Project = {project:String} AND TraceId IN {trace_ids:Array(String)}
    AND Day >= toDate(after) AND Hour >= toStartOfHour(after)
    AND (StartTime, {after_id:String}) >= (after, TraceId)
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
SETTINGS optimize_move_to_prewhere = 0, use_skip_indexes_on_data_read = 0
