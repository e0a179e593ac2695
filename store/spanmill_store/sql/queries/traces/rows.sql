-- Lines of a list of traces: what is known of each, and the beginning of what was asked and answered.
-- project: whose. trace_ids: which. excerpt_chars: of what was asked and answered.
-- text: only traces in whose question it occurs, in any case, with in_output in whose answer; empty for all.
-- Reads the granules of these traces, and no span.
-- Without its settings, a few granules out of many are read up to five times as slowly.
SELECT
    TraceId, RootName, AppRootName, IsNoise, HasRoot, ServiceName, Services, StartTime, DurationNs, SpanCount, LlmCount,
    ToolCount, ErrorCount, InputTokens, OutputTokens, CostUsd, SessionId, UserId, Environment, Release, Source, Tags, Models,
    AgentNames, ToolNames,
    substringUTF8(Input, 1, {excerpt_chars:UInt32}) AS InputExcerpt,
    substringUTF8(Output, 1, {excerpt_chars:UInt32}) AS OutputExcerpt
FROM traces
WHERE Project = {project:String}
    AND TraceId IN {trace_ids:Array(String)}
    AND ({text:String} = '' OR positionCaseInsensitiveUTF8(if({in_output:Bool}, Output, Input), {text:String}) > 0)
SETTINGS optimize_move_to_prewhere = 0, use_skip_indexes_on_data_read = 0
