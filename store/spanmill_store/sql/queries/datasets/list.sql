-- All datasets of a project with the number of their rows, for the terminal.
-- project: whose.
-- Counts every row's id: datasets are small beside traces.
SELECT Name, Description, Time, Rows
FROM (SELECT Name, Description, Time FROM datasets FINAL WHERE Project = {project:String}) AS dataset
LEFT JOIN
(
    SELECT Dataset, count() AS Rows
    FROM dataset_rows FINAL
    WHERE Project = {project:String} AND IsDeleted = 0
    GROUP BY Dataset
) AS counted ON counted.Dataset = dataset.Name
ORDER BY Name
