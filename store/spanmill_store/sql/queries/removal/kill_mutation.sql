-- Give up a rewrite that fails.
-- table: of which table. mutation: its id.
KILL MUTATION WHERE database = currentDatabase() AND table = {table:String} AND mutation_id = {mutation:String} SYNC
