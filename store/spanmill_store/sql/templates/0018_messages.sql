-- Messages that came several times in a day, once each, and `spans`, which is what to ask for what models said.
CREATE TABLE IF NOT EXISTS messages/*_local*/ /*on cluster*/
(
    Project LowCardinality(String),
    Day Date COMMENT 'of the spans that hold it',
    Hash String COMMENT 'SipHash-128 of Content, in hexadecimal digits',
    Content String CODEC(ZSTD(3))
)
ENGINE = /*Replicated*/ReplacingMergeTree
PARTITION BY Day
ORDER BY (Project, Day, Hash)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
    index_granularity = 256
/*sharded by cityHash64(Hash)*/
-- ;
CREATE DICTIONARY IF NOT EXISTS message /*on cluster*/
(
    Project String,
    Day Date,
    Hash String,
    Content String
)
PRIMARY KEY Project, Day, Hash
SOURCE(CLICKHOUSE(TABLE 'messages'))
LAYOUT(COMPLEX_KEY_DIRECT())
-- ;
-- Days that were looked at, and what came of it.
CREATE TABLE IF NOT EXISTS packed_days /*on cluster*/
(
    Day Date,
    Spans UInt64 COMMENT 'of that day, when it was looked at',
    ContentBytes UInt64 COMMENT 'of the attributes that may be packed, uncompressed',
    RepeatedBytes UInt64 COMMENT 'of these, what repeats something; when it was little, the day was left as it was',
    IsPacked Bool,
    Time DateTime64(3) DEFAULT now64(3)
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY Day
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- Where an instrumentation puts content into logs, it is joined to its span.
CREATE VIEW IF NOT EXISTS spans/*_local*/ /*on cluster*/ AS
SELECT
    * EXCEPT (Instructions),
    /*input_text*/ AS InputText,
    /*output_text*/ AS OutputText,
    firstNonDefault(Instructions, /*system_prompt*/) AS SystemPrompt
FROM
(
    SELECT
        span.* EXCEPT (own_input, own_output, own_instructions),
        firstNonDefault(span.ResponseModel, span.RequestModel) AS ModelName,
        multiIf(isNull(span.CostUsd), '', span.IsCostReported, 'reported', 'computed') AS CostSource,
        /*probability*/ AS SamplingProbability,
        if(span.own_input = '', content.Input, span.own_input) AS Input,
        if(span.own_output = '', content.Output, span.own_output) AS Output,
        firstNonDefault(span.own_instructions, /*instructions*/) AS Instructions
    FROM
    (
        SELECT *,
            /*input*/ AS own_input,
            /*output*/ AS own_output,
            /*own_instructions*/ AS own_instructions
        FROM
        (
            SELECT * EXCEPT (PackedKeys) REPLACE (/*unpacked*/ AS SpanAttributes)
            FROM otel_traces/*_local*/
        )
    ) AS span
    LEFT JOIN span_contents/*_local*/ AS content
        ON content.Project = span.Project AND content.TraceId = span.TraceId AND content.SpanId = span.SpanId
)
/*sharded by cityHash64(TraceId)*/
-- ;
-- Spans as `spans` has them, but without content and attributes, for whoever needs none of them: nothing is put together.
CREATE VIEW IF NOT EXISTS span_facts/*_local*/ /*on cluster*/ AS
SELECT * EXCEPT (SpanAttributes, PackedKeys), ModelName, CostSource, /*own_probability*/ AS SamplingProbability
FROM otel_traces/*_local*/
/*sharded by cityHash64(TraceId)*/
