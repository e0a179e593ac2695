-- Which days an upgrade has mapped anew, so that whoever is killed on the way goes on where he was.
CREATE TABLE IF NOT EXISTS remapped_days /*on cluster*/
(
    Day Date,
    MappingVersion UInt16,
    IsFinished Bool,
    Time DateTime64(3) DEFAULT now64(3)
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Day, MappingVersion)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
