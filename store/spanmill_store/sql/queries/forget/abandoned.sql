-- Lists of what would go of which nothing was decided within a day.
SELECT Pass
FROM forgetting
GROUP BY Pass
HAVING countIf(What = 'subject') = 0 AND max(Time) < now() - INTERVAL 1 DAY
