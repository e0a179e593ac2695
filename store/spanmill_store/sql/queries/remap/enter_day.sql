-- Note that a day is being mapped anew, or has been.
-- day, version: of what and by which mapping. is_finished: whether it is done.
INSERT INTO remapped_days (Day, MappingVersion, IsFinished)
SELECT {day:Date}, {version:UInt16}, {is_finished:Bool}
