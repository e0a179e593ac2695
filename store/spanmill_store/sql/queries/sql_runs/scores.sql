-- Write the scores of a run. ScoreId is that of spanmill_store.scores.score_id, so a score that is written again takes the place
-- of the earlier one.
-- run, rule, version: which. score: name of the scores.
-- Rows of a run are unlike each other and replace what is written again, so none is looked for twice. Reads the run.
INSERT INTO scores (Project, Time, TraceId, SpanId, SessionId, Name, Value, Label, Rationale, Source, Rule, RuleVersion, InputHash, SamplingProbability, ScoreId)
SELECT Project, Time, TraceId, SpanId, SessionId, {score:String}, Value, Label, Rationale, 'rule', {rule:String}, {version:String},
    InputHash, SamplingProbability,
    lower(hex(left(SHA256(concat(Project, '\0', TraceId, '\0', SpanId, '\0', {rule:String}, '\0', {version:String}, '\0', {score:String})), 16)))
FROM sql_runs
WHERE Run = {run:UInt64} AND State IN ('scored', 'late_rescored')
SETTINGS max_insert_threads = 4, insert_deduplicate = 0, optimize_on_insert = 0
