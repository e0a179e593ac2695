-- What a million tokens cost, per provider and model as spans name them, and since when. The empty provider stands for any.
-- `spanmill prices` fills it: from the price list that comes with spanmill, and from a file of the user's own, which
-- counts before it. A price may have tiers: one holds for the whole call from so many input tokens on.
CREATE TABLE IF NOT EXISTS model_prices /*on cluster*/
(
    Provider LowCardinality(String) COMMENT 'as in the column Provider of spans; empty: any',
    Model String COMMENT 'in lower case',
    ValidFrom Date,
    ValidUntil Date COMMENT 'last day',
    Tiers Array(Array(Float64)) COMMENT 'each: input tokens from which on it holds, US dollars per million tokens in, cached, written into a cache, out, and per call',
    Origin LowCardinality(String) COMMENT 'where the price comes from',
    Version UInt64 DEFAULT toUnixTimestamp64Milli(now64(3)),
    IsDeleted UInt8 DEFAULT 0
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Version, IsDeleted)
ORDER BY (Provider, Model, ValidFrom)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
CREATE VIEW IF NOT EXISTS current_model_prices /*on cluster*/ AS
SELECT Provider, Model, ValidFrom, ValidUntil, Tiers, Origin
FROM model_prices FINAL
-- ;
-- Looked up when a span is stored. A price that changes is seen within half a minute.
CREATE DICTIONARY IF NOT EXISTS model_price /*on cluster*/
(
    Provider String,
    Model String,
    ValidFrom Date,
    ValidUntil Date,
    Tiers Array(Array(Float64))
)
PRIMARY KEY Provider, Model
SOURCE(CLICKHOUSE(TABLE 'current_model_prices'))
LAYOUT(COMPLEX_KEY_RANGE_HASHED())
RANGE(MIN ValidFrom MAX ValidUntil)
LIFETIME(MIN 10 MAX 30)
