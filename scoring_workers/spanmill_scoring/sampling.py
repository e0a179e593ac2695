"""
Sampling by trace id: the same trace is in or out everywhere, on every machine, for ever.

The planner computes this inside ClickHouse (``sql/queries/scoring/plan_traces.sql``); this is the same formula in
Python, kept equal by a property test.
"""

import hashlib
from typing import Final

_BITS: Final = 53
"""A float holds 53 bits exactly, so both sides compute the very same number."""


def position(trace_id: str, salt: str = "") -> float:
    """Return where *trace_id* lies in [0, 1); rules with the same *salt* see the same position."""
    digest = hashlib.sha256((salt + trace_id).encode()).digest()
    return float((int.from_bytes(digest[:8], "little") >> (64 - _BITS)) / (1 << _BITS))


def is_sampled(trace_id: str, rate: float, salt: str = "") -> bool:
    """Whether *trace_id* belongs to a sample of *rate*: everything at 1, nothing at 0."""
    return position(trace_id, salt) < rate
