-- Put the traces that a run has flagged into a dataset, as test cases with their provenance.
-- run, rule, version: which. score: name of its scores. dataset: where to.
-- RowId is that of spanmill_store.scoring.flagged_rows.row_id, so a test case is there once, however many rules flag it.
-- Reads the granules of these traces' spans.
INSERT INTO dataset_rows (Project, Dataset, RowId, Time, Input, Output, Metadata, RowSource, TraceId, SpanId, SessionId, Rule, RuleVersion, ScoreName, ScoreValue, ScoreLabel, ScoreRationale)
SELECT Project, {dataset:String},
    lower(hex(left(SHA256(concat(Project, '\0', {dataset:String}, '\0', TraceId, '\0', flagged.SpanId)), 16))),
    Time, Input, Output,
    mapFilter((name, said) -> said != '', map('service', toString(ServiceName), 'release', toString(Release), 'environment', toString(Environment), 'user', UserId)),
    'production', TraceId, flagged.SpanId, flagged.SessionId, {rule:String}, {version:String}, {score:String}, Value, Label, Rationale
FROM
(
    SELECT Project, TraceId, Input, Output, ServiceName, Release, Environment, UserId
    FROM traces
    WHERE TraceId IN (SELECT TraceId FROM sql_runs WHERE Run = {run:UInt64} AND State IN ('scored', 'late_rescored') AND IsFlagged)
) AS target
ANY INNER JOIN
(
    SELECT Project, TraceId, SpanId, SessionId, Time, Value, Label, Rationale
    FROM sql_runs
    WHERE Run = {run:UInt64} AND State IN ('scored', 'late_rescored') AND IsFlagged
) AS flagged USING (Project, TraceId)
SETTINGS distributed_product_mode = 'local'
