"""
Instrumentation shim of spanmill: sends OpenTelemetry spans of LLM applications to its collector.

Importing it is cheap and does nothing; `init` loads OpenTelemetry and switches it on.
"""

from spanmill._flags import flag
from spanmill._public import observe, session, span
from spanmill._recording import Step
from spanmill._scores import current_trace_id, feedback, score
from spanmill._shim import flush, init, lost, shutdown
from spanmill.masking import Mask
from spanmill.sampling import Sampling

__all__ = [
    "Mask",
    "Sampling",
    "Step",
    "current_trace_id",
    "feedback",
    "flag",
    "flush",
    "init",
    "lost",
    "observe",
    "score",
    "session",
    "shutdown",
    "span",
]
