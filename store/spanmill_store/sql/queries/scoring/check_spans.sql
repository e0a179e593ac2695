-- Nothing: it exists to be compiled with the condition of a rule in its place, see spanmill_store.scoring.checks.
-- [where]: a checked expression over spans.
SELECT TraceId
FROM spans
WHERE if(/*[where]*/ 1 /*[/where]*/, 1, 0)
LIMIT 1
