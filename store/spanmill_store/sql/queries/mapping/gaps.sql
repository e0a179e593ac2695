-- What model calls of each service lack, and attributes of theirs that look as if they held it.
-- within_s: seconds until now. model_pattern, tokens_pattern, input_pattern, session_pattern: what names of such
-- attributes look like. Reads the attributes of the model calls in that time.
WITH
    arrayFilter(name -> match(name, {model_pattern:String}), names) AS like_model,
    arrayFilter(name -> match(name, {tokens_pattern:String}), names) AS like_tokens,
    arrayFilter(name -> match(name, {input_pattern:String}), names) AS like_input,
    arrayFilter(name -> match(name, {session_pattern:String}), names) AS like_session
SELECT
    Project,
    ServiceName,
    Field,
    count() AS Calls,
    countIf(is_lacking) AS Lacking,
    topKArrayIf(3)(candidates, is_lacking) AS LooksLike
FROM
(
    SELECT Project, ServiceName, is_call, lack.1 AS Field, lack.2 AS is_lacking, lack.3 AS candidates
    FROM
    (
        SELECT Project, ServiceName, mapKeys(SpanAttributes) AS names, SpanType = 'llm' AS is_call,
            RequestModel = '' AND ResponseModel = '' AS lacks_model, isNull(InputTokens) AS lacks_tokens,
            InputKey = '' AS lacks_input,
            SessionId = '' AND TraceId NOT IN
                (SELECT TraceId FROM trace_parts WHERE SessionId != '' AND EndTime >= now() - {within_s:UInt32})
                AS lacks_session
        FROM otel_traces
        WHERE Timestamp >= now() - {within_s:UInt32} AND SpanType IN ('llm', 'other')
    )
    ARRAY JOIN [
        ('model', lacks_model, like_model),
        ('tokens', lacks_tokens, like_tokens),
        ('input', lacks_input, like_input),
        ('session', lacks_session, like_session),
        ('kind', NOT is_call, if(empty(like_model), [], like_tokens))
    ] AS lack
)
WHERE if(Field = 'kind', NOT is_call AND notEmpty(candidates), is_call)
GROUP BY Project, ServiceName, Field
HAVING Lacking > 0
ORDER BY Project, ServiceName, Field
SETTINGS distributed_product_mode = 'local'
