"""With which probability the application's sampler let a span through, as `tracestate` tells it."""

from typing import Final

_OF_ONE: Final = 2**56

_DIGITS: Final = 14

_ENTRY: Final = f"(?:^|,)[ \\\\t]*ot=(?:[^,]*\\\\x3b)?th:([0-9a-f]{{1,{_DIGITS}}})(?:[\\\\x3b, \\\\t]|$)"
"""`th` in OpenTelemetry's entry of a W3C tracestate: whose randomness is below it is not sampled.

In SQL's spelling, and the semicolon, which no query may hold, by its number.

It is a fraction in hexadecimal digits, whose zeros at the end are left out.
https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th
"""


def told(trace_state: str) -> str:
    """SQL for the probability in (0, 1] that *trace_state* tells, 0 where it tells none."""
    threshold = f"extract({trace_state}, '{_ENTRY}')"
    digits = f"reverse(unhex(rightPad({threshold}, {_DIGITS}, '0')))"
    return f"({threshold} != '') * ({_OF_ONE} - reinterpretAsUInt64({digits})) / {_OF_ONE}"


def known(trace_state: str) -> str:
    """SQL for the probability, 1 where none is told: nobody says that anything was left out."""
    return f"firstNonDefault({told(trace_state)}, toFloat64(1))"
