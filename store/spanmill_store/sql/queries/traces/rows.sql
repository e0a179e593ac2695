-- Lines of a list of traces: what is known of each, and the beginning of what was asked and answered.
-- project: whose. trace_ids: which. excerpt_chars: of what was asked and answered.
-- user, session, environment, release, source: what the trace as a whole has to be, empty for anything.
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
