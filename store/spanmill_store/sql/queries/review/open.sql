-- How many items of some rules are open.
-- rules: their names.
-- Reads rules and states of a small table.
SELECT Rule, count() AS Items
FROM review_queue FINAL
WHERE Rule IN {rules:Array(String)} AND State = 'open'
GROUP BY Rule
