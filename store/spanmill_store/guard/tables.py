"""
What people may read: the one list behind `spanmill sql`, its help, rules, documentation and the server's grants.

Whatever is not here is refused by name: keys, the schema's history, the tables that take OTLP, the parts that views are
made of, and every other database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """
    A table or view that may be read.

    Attributes:
        about: What a row is, for help and documentation.
        is_for_rules: Whether the SELECT of a rule may read it too.
        has_project: Whether it has a column Project; one without cannot be read by whoever sees some projects only.
    """

    name: str
    about: str
    is_for_rules: bool = False
    has_project: bool = True


READABLE: Final[Mapping[str, ReadableTable]] = {
    table.name: table
    for table in (
        ReadableTable("spans", "spans with what models were asked and answered", is_for_rules=True),
        ReadableTable("traces", "one row per trace", is_for_rules=True),
        ReadableTable("sessions", "conversations: one row per session", is_for_rules=True),
        ReadableTable("usage", "counts, errors, tokens, cost and durations by the minute"),
        ReadableTable("user_usage", "calls, tokens and cost by the minute and user"),
        ReadableTable("first_seen", "when a model, prompt, agent, tool or release was first met"),
        ReadableTable("scores", "what was found out about spans and traces", is_for_rules=True),
        ReadableTable("score_ledger", "what became of every target under every rule"),
        ReadableTable("completions", "when each trace was complete, and what made it so"),
        ReadableTable("session_completions", "when each session was complete, and which traces it had then"),
        ReadableTable("service_lateness", "how late the spans of each service come"),
        ReadableTable("judge_spend", "calls and money that judges cost, or are reserved for them"),
        ReadableTable("flags", "targets that a rule found bad", is_for_rules=True),
        ReadableTable("review_queue", "what waits to be judged by people, and what they said"),
        ReadableTable("notifications", "what was sent to other systems, or waits to be"),
        ReadableTable("alert_states", "how alerts stood and stand"),
        ReadableTable("datasets", "names of the sets of test cases", is_for_rules=True),
        ReadableTable("dataset_rows", "test cases", is_for_rules=True),
        ReadableTable("otel_traces", "spans as they are stored, see spans", is_for_rules=True),
        ReadableTable("otel_logs", "log records", is_for_rules=True),
        ReadableTable("otel_metrics_gauge", "data points of gauges"),
        ReadableTable("otel_metrics_sum", "data points of sums"),
        ReadableTable("otel_metrics_histogram", "data points of histograms"),
        ReadableTable("otel_metrics_exponential_histogram", "data points of exponential histograms"),
        ReadableTable("otel_metrics_summary", "data points of summaries"),
        ReadableTable("ingest_accounts", "the books: received, stored, refused, by minute and key"),
    )
}
"""By name, in the order in which help shows them."""

BEHIND_VIEWS: Final = (
    "trace_parts",
    "trace_rows",
    "trace_states",
    "trace_facts",
    "span_facts",
    "first_seen_parts",
    "usage_parts",
    "usage_sketches",
    "user_usage_parts",
    "usage_folds",
    "span_content_parts",
    "span_contents",
    "ingest_ledger",
    "stored_items",
    "messages",
    "message",
)
"""Tables with a column Project that readable views read: not readable themselves, restricted to projects like them."""
