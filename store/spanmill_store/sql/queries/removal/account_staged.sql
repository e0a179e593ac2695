-- Enter into the books what a partition on its way out holds. Entered again, an entry takes its own place.
-- staging, partition: where it is. table: where it was. signal: of which signal the items are.
INSERT INTO ingest_ledger (Minute, Project, KeyId, Signal, Outcome, Reason, EntryId, Requests, Items)
SELECT toStartOfMinute(IngestTime) AS Minute, Project, KeyId, {signal:String}, 'expired', '',
    cityHash64({table:String}, {partition:String}, sum(cityHash64(IngestTime, ServiceName)), count()), 0, count()
FROM {staging:Identifier}
WHERE _partition_id = {partition:String} AND KeyId != 'direct'
GROUP BY Minute, Project, KeyId
