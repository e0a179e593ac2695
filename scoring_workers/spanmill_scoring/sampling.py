"""
Sampling by trace id, or of sessions by theirs: the same one is in or out everywhere, on every machine, for ever.

The planner computes this inside ClickHouse (``sql/queries/scoring/plan.sql``); this is the same formula in
Python, kept equal by a property test.
"""

import hashlib
from typing import Final

_BITS: Final = 53
"""A float holds 53 bits exactly, so both sides compute the very same number."""


def position(target_id: str, salt: str = "") -> float:
    """Return where *target_id* lies in [0, 1); rules with the same *salt* see the same position."""
    digest = hashlib.sha256((salt + target_id).encode()).digest()
    return float((int.from_bytes(digest[:8], "little") >> (64 - _BITS)) / (1 << _BITS))


def is_sampled(target_id: str, rate: float, salt: str = "") -> bool:
    """Whether *target_id* belongs to a sample of *rate*: everything at 1, nothing at 0."""
    return position(target_id, salt) < rate
