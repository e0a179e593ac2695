-- To how many targets a decision would come, by state.
-- [decision]: the SELECT of scoring/plan or scoring/hold.
-- Reads what the decision reads.
SELECT state AS State, count() AS Targets
FROM
(
    /*[decision]*/ SELECT 'waiting' AS state /*[/decision]*/
)
GROUP BY State
