-- Traces that became complete lately and were so before: of all others no ledger knows anything.
-- since_ns, shares, share: as in scoring/complete_traces.
-- Reads completions of that time.
SELECT TraceId
FROM completions
WHERE Revision > 0 AND Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
