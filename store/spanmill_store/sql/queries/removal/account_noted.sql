-- Enter into the books what a removal has removed. Entered again, an entry takes its own place.
-- pass: the removal. signal: of which signal the items are.
INSERT INTO ingest_ledger (Minute, Project, KeyId, Signal, Outcome, Reason, EntryId, Requests, Items)
SELECT toStartOfMinute(Received) AS Minute, Project, KeyId, {signal:String}, Outcome, '', {pass:UInt64}, 0, sum(Items)
FROM removals
WHERE Pass = {pass:UInt64} AND KeyId != 'direct'
GROUP BY Minute, Project, KeyId, Outcome
