-- Gives the spans of a day a cost that have none and whose price has become known; after `prices/fill_trace_parts`.
-- day: a day of otel_traces. within_s: only spans that came in during so many last seconds.
-- A mutation: it rewrites those parts of that day that hold such spans, and is waited for.
ALTER TABLE otel_traces
UPDATE CostUsd = /*computed_cost*/, CostSource = 'computed'
WHERE toDate(Timestamp) = toDate({day:String})
    AND IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32})
    AND isNull(CostUsd)
    AND isNotNull(/*computed_cost*/)
SETTINGS mutations_sync = 1, allow_nondeterministic_mutations = 1
