-- Whether anything was deleted for good, and the last day that it may belong to.
SELECT count() AS Rows, toDate(max(Time)) + 1 AS LastDay
FROM forgotten
WHERE What != 'salt'
