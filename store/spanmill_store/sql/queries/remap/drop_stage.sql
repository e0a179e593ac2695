-- The day's traces are where they belong.
DROP TABLE IF EXISTS trace_parts_remapped
