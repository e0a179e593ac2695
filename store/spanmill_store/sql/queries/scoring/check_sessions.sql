-- Nothing: it exists to be compiled with the condition of a rule in its place, see spanmill_store.scoring.checks.
-- [where]: a checked expression over sessions.
SELECT SessionId
FROM sessions
WHERE if(/*[where]*/ 1 /*[/where]*/, 1, 0)
LIMIT 1
