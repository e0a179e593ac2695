-- Make an empty table like another one, for partitions on their way out.
-- staging: its name. [table]: the other one, which no parameter can name.
CREATE TABLE IF NOT EXISTS {staging:Identifier} AS /*[table]*/ otel_traces /*[/table]*/
