-- Mutations that give spans a cost and have not ended, which the next one waits for.
-- Reads the server's list of mutations.
SELECT mutation_id, latest_fail_reason
FROM system.mutations
WHERE database = currentDatabase() AND table = 'otel_traces' AND NOT is_done AND position(command, 'CostUsd') > 0
