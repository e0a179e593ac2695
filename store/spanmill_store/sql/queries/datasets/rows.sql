-- Rows of one dataset, oldest first, each with every flag that speaks of its target.
-- project, dataset: which.
-- Reads the dataset by its primary key, and the flags that went into it.
SELECT
    RowId, Time, Input, Output, Expected, Metadata, Tags, RowSource, TraceId, SpanId, SessionId,
    arraySort(flag -> flag.1, groupArrayIf(
        (Rule, RuleVersion, ScoreName, Value, Label, Reason, FlagTime), Rule != ''
    )) AS Flags
FROM
(
    SELECT RowId, Time, Input, Output, Expected, Metadata, Tags, RowSource, TraceId, SpanId, SessionId
    FROM dataset_rows FINAL
    WHERE Project = {project:String} AND Dataset = {dataset:String} AND IsDeleted = 0
) AS entry
LEFT JOIN
(
    SELECT TraceId, SpanId, Rule, RuleVersion, ScoreName, Value, Label, Reason, Time AS FlagTime
    FROM flags FINAL
    WHERE Project = {project:String} AND Dataset = {dataset:String}
) AS flag ON flag.TraceId = entry.TraceId AND flag.SpanId = entry.SpanId
GROUP BY RowId, Time, Input, Output, Expected, Metadata, Tags, RowSource, TraceId, SpanId, SessionId
ORDER BY Time, RowId
