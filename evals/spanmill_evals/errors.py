"""
Errors of datasets and evaluations.

::

    SpanmillError
      UnknownDataset    no dataset has that name
"""

from spanmill_store.errors import SpanmillError


class UnknownDataset(SpanmillError):
    """No dataset has that name; the nearest one is suggested."""
