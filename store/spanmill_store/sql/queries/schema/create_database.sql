-- The database that everything of ours lives in.
-- database: its name.
CREATE DATABASE IF NOT EXISTS {database:Identifier} /*on cluster*/
