"""
Instrumentation shim of spanmill: sends OpenTelemetry spans of LLM applications to its collector.

Importing it is cheap and does nothing; `init` loads OpenTelemetry and switches it on.
"""

from spanmill._public import observe, session, span
from spanmill._recording import Step
from spanmill._shim import flush, init, shutdown

__all__ = ["Step", "flush", "init", "observe", "session", "shutdown", "span"]
