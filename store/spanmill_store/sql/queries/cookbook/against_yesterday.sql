-- What has changed since yesterday: calls, errors, tokens and cost of the last hours against as many a day before?
-- Subject: Cost and tokens
-- hours (default 24): how many hours.
-- Reads usage by the minute, by its sorting key (Project, Minute).
WITH
    Minute >= subtractHours(now(), {hours:UInt16}) AS is_now,
    Minute >= subtractHours(now(), 24 + {hours:UInt16}) AND Minute < subtractHours(now(), 24) AS is_then
SELECT
    ServiceName AS service,
    sumIf(Count, is_then AND SpanType = 'llm') AS calls_then,
    sumIf(Count, is_now AND SpanType = 'llm') AS calls_now,
    sumIf(Errors, is_then AND SpanType = 'trace') AS failed_traces_then,
    sumIf(Errors, is_now AND SpanType = 'trace') AS failed_traces_now,
    sumIf(InputTokens + OutputTokens, is_then) AS tokens_then,
    sumIf(InputTokens + OutputTokens, is_now) AS tokens_now,
    sumIf(CostUsd, is_then) AS usd_then,
    sumIf(CostUsd, is_now) AS usd_now,
    if(usd_then > 0, usd_now / usd_then - 1, NULL) AS usd_change
FROM usage
WHERE Minute >= subtractHours(now(), 24 + {hours:UInt16}) AND (is_now OR is_then)
GROUP BY service
ORDER BY usd_now DESC, service
