-- A table like trace_parts, for the traces of one day.
CREATE TABLE IF NOT EXISTS trace_parts_remapped AS trace_parts
