-- How many messages that no span holds any more each partition has.
-- messages: messages. How values are packed: spanmill_store.mapping.packed.
-- Reads the attributes of packed spans.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {messages:Identifier}
WHERE (toString(Project), Day, Hash) NOT IN
(
    SELECT toString(Project), toDate(Timestamp), substring(arrayJoin(arrayFilter(
        element -> startsWith(element, 'h'),
        arrayFlatten(arrayMap(key -> splitByChar(char(1), substring(SpanAttributes[key], 2)), PackedKeys))
    )), 2, 32)
    FROM otel_traces
    WHERE notEmpty(PackedKeys) AND toDate(Timestamp) IN (SELECT Day FROM messages)
)
GROUP BY PartitionId
ORDER BY PartitionId
