-- Forget what an unfinished run left.
TRUNCATE TABLE trace_parts_remapped
