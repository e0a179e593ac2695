-- Which of some items are in the review queue, and since when in which state.
-- ids: of the items.
-- Reads ids, states and times of a small table.
SELECT ItemId, State, Time
FROM review_queue FINAL
WHERE ItemId IN {ids:Array(String)}
