"""
What can keep `spanmill up` from running, as a user is told it.

::

    SpanmillError
      UpError               anything that ends `spanmill up` with exit code 1
        PreflightError      found before a part was started: a port, a folder, an address
        PartFailed          a part ended again and again before it ever answered
"""

from spanmill_store.errors import SpanmillError


class UpError(SpanmillError):
    """Something that ends `spanmill up`."""


class PreflightError(UpError):
    """The machine is not as it must be; nothing was started."""


class PartFailed(UpError):
    """A part never answered, so there is no use in keeping the others."""
