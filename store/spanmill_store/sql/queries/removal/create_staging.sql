-- Make an empty table like another one, for partitions on their way out.
-- staging: its name. table: the other one.
CREATE TABLE IF NOT EXISTS {staging:Identifier} AS {table:Identifier}
