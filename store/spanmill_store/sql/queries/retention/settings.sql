-- How long rows are kept: the settings in force.
-- Reads the whole table, which has a row per project and kind.
SELECT Project, Kind, Days
FROM retention FINAL
ORDER BY Kind, Project
