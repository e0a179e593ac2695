"""
What a question may take: settings that travel with it and that the engine enforces.

They hold for the statement as a whole, views and sub-queries included. With ``readonly`` a statement can neither write
nor change a setting, and table functions that read files or other servers are out of reach, whatever the guard let
through.
"""

from dataclasses import dataclass
from typing import Any, Final

MAX_TIMEOUT_S: Final = 280
"""Below the time for which the driver waits for an answer."""

_FIXED: Final = {
    "readonly": 1,
    "timeout_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    "max_subquery_depth": 30,
    "max_recursive_cte_evaluation_depth": 1,
    "function_range_max_elements_in_block": 10_000_000,
    "max_hyperscan_regexp_length": 2_000,
    "max_hyperscan_regexp_total_length": 20_000,
    "allow_introspection_functions": 0,
    "cancel_http_readonly_queries_on_client_close": 1,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds of one question; the caller may choose others, the statement cannot.

    Attributes:
        timeout_s: Seconds it may run.
        max_rows: Rows it may return.
        max_result_bytes: Bytes it may return.
        max_memory_bytes: Memory it may use; sorting and grouping go to disk from half of that.
        max_disk_bytes: What they may put there.
        max_threads: Processors it may keep busy.
    """

    timeout_s: float = 60
    max_rows: int = 1_000_000
    max_result_bytes: int = 1 << 30
    max_memory_bytes: int = 2_000_000_000
    max_disk_bytes: int = 10_000_000_000
    max_threads: int = 4

    def settings(self) -> dict[str, Any]:
        """Return ClickHouse's settings for these bounds."""
        return _FIXED | {
            "max_execution_time": self.timeout_s,
            "max_result_rows": self.max_rows,
            "max_result_bytes": self.max_result_bytes,
            "max_memory_usage": self.max_memory_bytes,
            "max_bytes_before_external_group_by": self.max_memory_bytes // 2,
            "max_bytes_before_external_sort": self.max_memory_bytes // 2,
            "max_temporary_data_on_disk_size_for_query": self.max_disk_bytes,
            "max_threads": self.max_threads,
        }
