-- Gives spans a cost that have none and whose price has become known; after `prices/fill_trace_parts`.
-- days: those whose traces know. within_s: only spans that came in during so many last seconds.
-- A mutation: it rewrites the parts that hold such spans, once, and is waited for.
ALTER TABLE otel_traces/*_local*/ /*on cluster*/
UPDATE CostUsd = /*computed_cost*/
WHERE toString(toDate(Timestamp)) IN {days:Array(String)}
    AND IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32})
    AND isNull(CostUsd)
    AND isNotNull(/*computed_cost*/)
SETTINGS mutations_sync = 1, allow_nondeterministic_mutations = 1
