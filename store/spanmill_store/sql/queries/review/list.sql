-- Items of the review queue, the oldest first.
-- id: one item, by its id or the beginning of it; '' for all. rule, state, project: '' for all. limit: rows.
-- Reads a small table.
SELECT Project, ItemId, Time, TraceId, SpanId, SessionId, Rule, RuleVersion, Why, ScoreName, Value, Label, Reason, Instructions,
    Choices, State, Who, DoneTime
FROM review_queue FINAL
WHERE startsWith(ItemId, {id:String}) AND ({rule:String} = '' OR Rule = {rule:String})
    AND ({state:String} = '' OR State = {state:String}) AND ({project:String} = '' OR Project = {project:String})
ORDER BY Time, ItemId
LIMIT {limit:UInt32}
