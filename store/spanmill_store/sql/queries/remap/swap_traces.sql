-- Put the traces of a day in the place of those of the older mapping, at once.
-- day: which.
ALTER TABLE trace_parts REPLACE PARTITION {day:Date} FROM trace_parts_remapped
