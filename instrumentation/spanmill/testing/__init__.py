"""
For tests of applications: `capture` records the spans and scores that the code in a block makes, and sends nothing.

Importing this loads OpenTelemetry; an application that is not being tested does not need it.
"""

from spanmill.testing._capture import capture
from spanmill.testing._captured import Captured
from spanmill.testing._scores import CapturedScore
from spanmill.testing._spans import CapturedEvent, CapturedSpan

__all__ = ["Captured", "CapturedEvent", "CapturedScore", "CapturedSpan", "capture"]
