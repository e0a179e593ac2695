-- Create a dataset unless it exists, so that rules may name one that nobody made.
-- project, name: the dataset.
-- Looked up by the primary key. Two workers may both insert it; the table keeps one.
INSERT INTO datasets (Project, Name, Description, Time)
SELECT {project:String}, {name:String}, 'What rules flagged in production', now64(9)
WHERE (SELECT count() FROM datasets WHERE Project = {project:String} AND Name = {name:String}) = 0
