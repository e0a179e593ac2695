"""
Rules, sampling, planner, scorers, judges, workers, flags.

The names below are for users' Python scorers: functions that take a `Target` and may return a `Score`.
"""

from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Span, Target
from spanmill_store.turns import Turn

__all__ = ["Score", "Span", "Target", "Turn"]
