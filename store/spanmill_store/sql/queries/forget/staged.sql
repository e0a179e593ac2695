-- How many traces and sessions of which projects are in the list of what goes.
-- pass: the list.
SELECT What, toString(Project) AS Project, uniqExact(Id) AS Ids
FROM forgetting
WHERE Pass = {pass:UInt64} AND What IN ('trace', 'session')
GROUP BY What, Project
ORDER BY What, Project
