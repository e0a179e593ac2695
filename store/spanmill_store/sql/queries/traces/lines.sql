-- Lines of a list of traces, but for what is counted in them: their spans come along, as JSON, for whoever counts.
-- project: whose. trace_ids: which. excerpt_chars: of what was asked and answered. max_spans: that come along of one trace.
-- text: only traces in whose question it occurs, in any case, with in_output in whose answer; empty for all.
-- ClickHouse takes longer to analyze the view traces than to read fifty of them; this it analyzes in no time.
-- Reads the granules of these traces, and no row of otel_traces.
-- Without its settings, a few granules out of many are read up to five times as slowly.
SELECT
    TraceId,
    max(part.Root).SpanId AS RootSpanId,
    max(part.Root).SpanName AS RootName,
    max(part.Root).ServiceName AS RootServiceName,
    max(part.AppRoot).SpanName AS AppRootName,
    max(part.AppRoot).Standing = 0 AS IsNoise,
    min(part.ServiceName) AS FirstServiceName,
    min(part.StartTime) AS StartTime,
    toUInt64(greatest(0, toUnixTimestamp64Nano(max(part.EndTime)) - toUnixTimestamp64Nano(min(part.StartTime)))) AS DurationNs,
    max(part.SessionId) AS SessionId,
    max(part.UserId) AS UserId,
    max(part.Environment) AS Environment,
    max(part.Release) AS Release,
    max(part.Source) AS Source,
    arraySort(groupUniqArrayArray(part.Tags)) AS Tags,
    substringUTF8(max(part.Input).Text, 1, {excerpt_chars:UInt32}) AS InputExcerpt,
    substringUTF8(max(part.Output).Text, 1, {excerpt_chars:UInt32}) AS OutputExcerpt,
    sum(length(part.Spans)) AS HeldSpans,
    toValidUTF8(toJSONString(groupArrayArray({max_spans:UInt32})(part.Spans))) AS SpansJson
FROM trace_parts AS part
WHERE Project = {project:String} AND TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId
HAVING {text:String} = '' OR positionCaseInsensitiveUTF8(if({in_output:Bool}, max(part.Output).Text, max(part.Input).Text), {text:String}) > 0
SETTINGS optimize_move_to_prewhere = 0, use_skip_indexes_on_data_read = 0
