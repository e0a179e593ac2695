-- What judges cost, batch by batch. A batch is entered before anybody is asked, with the most that it can cost, and again with
-- what it did cost; one whose worker died in between keeps counting with the most. So a cap that is held against the sum is
-- never passed, whoever asks at the same time.
CREATE TABLE IF NOT EXISTS judge_spend /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Day Date COMMENT 'in UTC, on which the judge was asked',
    Rule LowCardinality(String),
    BatchId String COMMENT 'of targets that were asked about together' CODEC(ZSTD(1)),
    RuleVersion LowCardinality(String),
    Time DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    Calls UInt32 COMMENT 'retries included',
    CostUsd Float64 COMMENT 'in US dollars; 0 where no price is known and no cap in money is set',
    IsSettled Bool COMMENT 'false: this is the most that it can become'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
PARTITION BY toYYYYMM(Day)
ORDER BY (Day, Project, Rule, BatchId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
