-- Learn how late the spans of each service come: after the root of a trace has come, the longest time between one of its
-- spans and the next, which 99 of 100 traces do not exceed.
-- now_ns: when. since_ns: from which on spans are looked at; settled_ns: traces that got a span after it may not be whole yet.
-- every: one of so many traces is looked at, chosen by their ids. min_traces: of fewer of a service nothing is learned.
-- Reads four columns of the spans of those hours.
INSERT INTO service_lateness (Project, ServiceName, Time, Traces, LatenessS)
WITH
    fromUnixTimestamp64Nano({since_ns:Int64}) AS since
SELECT Project, service, fromUnixTimestamp64Nano({now_ns:Int64}), count() AS Traces, quantile(0.99)(gap_ns) / 1e9
FROM
(
    SELECT
        Project,
        TraceId,
        anyIf(ServiceName, ParentSpanId = '') AS service,
        minIf(toUnixTimestamp64Nano(IngestTime), ParentSpanId = '') AS root_ns,
        arraySort(groupUniqArray(toUnixTimestamp64Nano(IngestTime))) AS times_ns,
        arrayMax(arrayDifference(arrayFilter(time_ns -> time_ns >= root_ns, times_ns))) AS gap_ns
    FROM otel_traces
    WHERE Timestamp >= since AND cityHash64(TraceId) % {every:UInt64} = 0
    GROUP BY Project, TraceId
    HAVING countIf(ParentSpanId = '') > 0 AND times_ns[-1] < {settled_ns:Int64}
)
GROUP BY Project, service
HAVING Traces >= {min_traces:UInt64}
SETTINGS distributed_product_mode = 'local'
