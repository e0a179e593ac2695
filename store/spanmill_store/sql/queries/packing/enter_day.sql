-- Remember that a day was looked at.
-- day: which. spans, content_bytes, repeated_bytes, is_packed: what came of it.
INSERT INTO packed_days (Day, Spans, ContentBytes, RepeatedBytes, IsPacked)
SELECT {day:Date}, {spans:UInt64}, {content_bytes:UInt64}, {repeated_bytes:UInt64}, {is_packed:Bool}
