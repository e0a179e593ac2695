-- The lateness of the service whose spans come latest, in seconds; 0 where nothing was learned.
-- Reads a small table.
SELECT ifNull(max(lateness), 0) AS LatenessS
FROM (SELECT argMax(LatenessS, Time) AS lateness FROM service_lateness GROUP BY Project, ServiceName)
