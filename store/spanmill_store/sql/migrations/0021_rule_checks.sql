-- What was measured of rules as instruments, by `spanmill rules check NAME`. The rows of one check have one time; the row of
-- kind 'check' says what it came to, and the newest one of a version counts. Rules are of all projects, and so are these.
CREATE TABLE IF NOT EXISTS rule_checks /*on cluster*/
(
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    Time DateTime64(9) COMMENT 'when the check was made',
    Kind LowCardinality(String) COMMENT 'check, cases, length, confidence, request, choices, documents, repeats, agreement or rate',
    Segment String DEFAULT '' COMMENT 'what part of the labels it is of, as ServiceName=shop; empty: all',
    Numbers Map(LowCardinality(String), Float64) COMMENT 'what was measured, by name; what is unknown is not there',
    Passed Nullable(Bool) COMMENT 'NULL: there is nothing to pass',
    Reason String DEFAULT '' COMMENT 'why it did not pass'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Rule, RuleVersion, Time, Kind, Segment)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
