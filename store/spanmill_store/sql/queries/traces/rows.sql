-- Lines of a list of traces: what is known of each, and the beginning of what was asked and answered.
-- project: whose. trace_ids: which. excerpt_chars: of what was asked and answered.
-- Filters, each empty or false where nothing is asked for: service, user, session, environment, release, source,
-- name (of a model, a tool or an agent), tag, failed (a span ended in an error), text (in what was asked, in any case; with
-- in_output in what was answered). Here they are about the trace as a whole.
-- Reads the granules of these traces, and no span.
SELECT
    TraceId, RootName, AppRootName, IsNoise, HasRoot, ServiceName, StartTime, DurationNs, SpanCount, LlmCount, ToolCount,
    ErrorCount, InputTokens, OutputTokens, CostUsd, SessionId, UserId, Environment, Release, Source, Tags, Models,
    substringUTF8(Input, 1, {excerpt_chars:UInt32}) AS InputExcerpt,
    substringUTF8(Output, 1, {excerpt_chars:UInt32}) AS OutputExcerpt
FROM traces
WHERE Project = {project:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND ({user:String} = '' OR UserId = {user:String})
    AND ({session:String} = '' OR SessionId = {session:String})
    AND ({environment:String} = '' OR Environment = {environment:String})
    AND ({release:String} = '' OR Release = {release:String})
    AND ({source:String} = '' OR Source = {source:String})
    AND ({service:String} = '' OR has(Services, {service:String}))
    AND ({name:String} = '' OR has(arrayConcat(Models, AgentNames, ToolNames), {name:String}))
    AND ({tag:String} = '' OR has(Tags, {tag:String}))
    AND (NOT {failed:Bool} OR ErrorCount > 0)
    AND ({text:String} = '' OR positionCaseInsensitiveUTF8(if({in_output:Bool}, Output, Input), {text:String}) > 0)
