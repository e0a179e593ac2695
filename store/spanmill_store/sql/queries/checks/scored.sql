-- What one rule version has scored of some traces and their spans, under one name.
-- rule, version, name: which scores. trace_ids: some hundred.
-- Looked up by the primary key.
SELECT Project, TraceId, SpanId, Value, Label
FROM scores FINAL
WHERE TraceId IN {trace_ids:Array(String)} AND Rule = {rule:String} AND RuleVersion = {version:String} AND Name = {name:String}
