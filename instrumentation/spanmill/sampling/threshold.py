"""
How a probability travels: OpenTelemetry's entry ``ot`` of a W3C ``tracestate``.

Its ``th`` says below which randomness a trace is left out, its ``rv`` which randomness a trace has where that is not
the end of its id. https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/
"""

import hashlib
from typing import Final

from opentelemetry.trace import SpanContext, TraceFlags, TraceState

KEY: Final = "ot"

ALL: Final = 0
"""The threshold that leaves nothing out."""

_BITS: Final = 56
_DIGITS: Final = _BITS // 4


def of_ratio(ratio: float) -> int:
    """Return the threshold that lets *ratio* of all traces through: 0 for all, 2⁵⁶ for none."""
    return (1 << _BITS) - round(ratio * (1 << _BITS))


def of_trace(trace_id: int) -> int:
    """Return the randomness of a trace whose id is random, 56 bits."""
    return trace_id & ((1 << _BITS) - 1)


def of_session(session_id: str) -> int:
    """Return the randomness that all traces of a session share, 56 bits."""
    return int.from_bytes(hashlib.sha256(session_id.encode("utf-8", "replace")).digest()[:7], "big")


def entry(threshold: int | None, randomness: int | None = None) -> TraceState:
    """Return a ``tracestate`` that tells both; None is not told."""
    said = [] if threshold is None else [f"th:{f'{threshold:0{_DIGITS}x}'.rstrip('0') or '0'}"]
    if randomness is not None:
        said.append(f"rv:{randomness:0{_DIGITS}x}")
    return TraceState([(KEY, ";".join(said))] if said else [])


def kept(context: SpanContext) -> SpanContext:
    """Return *context* as that of a span that is sent in any case: with probability 1."""
    others = [word for word in context.trace_state.get(KEY, "").split(";") if word and not word.startswith("th:")]
    told = ";".join([f"th:{ALL}", *others])
    rest = [(name, value) for name, value in context.trace_state.items() if name != KEY]
    flags = TraceFlags(context.trace_flags | TraceFlags.SAMPLED)
    return SpanContext(context.trace_id, context.span_id, context.is_remote, flags, TraceState([(KEY, told), *rest]))
