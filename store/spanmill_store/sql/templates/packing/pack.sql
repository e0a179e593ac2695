-- Put hashes in the place of the messages of a day that are kept.
-- day: which. A mutation: it rewrites the day once, and is waited for. What is packed stays as it is.
ALTER TABLE otel_traces
UPDATE
    PackedKeys = arrayConcat(PackedKeys, arrayFilter(
        (key, value) -> /*is_packable*/ AND arrayExists(part -> /*is_kept*/, /*pieces*/),
        mapKeys(SpanAttributes), mapValues(SpanAttributes)
    )),
    SpanAttributes = mapApply(
        (key, value) -> (key, if(/*is_packable*/ AND arrayExists(part -> /*is_kept*/, /*pieces*/), /*packed*/, value)),
        SpanAttributes
    )
IN PARTITION {day:Date}
WHERE /*is_packable_span*/
    AND arrayExists((key, value) -> /*is_packable*/, mapKeys(SpanAttributes), mapValues(SpanAttributes))
SETTINGS mutations_sync = 2
