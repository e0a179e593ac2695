-- Mutations that give spans a cost and have not ended, which the next one waits for.
-- Reads the server's list of mutations.
SELECT mutation_id, latest_fail_reason
FROM system.mutations
WHERE database = currentDatabase() AND table IN ('otel_traces', 'otel_traces_local') AND NOT is_done AND position(command, 'CostUsd') > 0
