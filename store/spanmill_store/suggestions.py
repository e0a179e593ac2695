"""Did you mean …? The one of several names that is most like a given one."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], similarity: float = 0.6) -> str | None:
    """Return the one of *known* that is most like *name*, letter case aside, or None if none has that *similarity*."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=similarity)
    return by_lower[matches[0]] if matches else None
