-- Rewrite a partition without the messages that no span holds any more. Nobody may be packing meanwhile.
-- messages: messages. partition: its id.
-- Reads the attributes of that day's packed spans.
ALTER TABLE {messages:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE (toString(Project), Day, Hash) NOT IN
(
    SELECT toString(Project), toDate(Timestamp), substring(arrayJoin(arrayFilter(
        element -> startsWith(element, 'h'),
        arrayFlatten(arrayMap(key -> splitByChar(char(1), substring(SpanAttributes[key], 2)), PackedKeys))
    )), 2, 32)
    FROM otel_traces
    WHERE notEmpty(PackedKeys) AND toDate(Timestamp) IN (SELECT Day FROM messages WHERE _partition_id = {partition:String})
)
