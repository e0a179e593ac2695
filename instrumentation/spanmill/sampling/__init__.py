"""Sending a share of the traces, and all that matter, so that averages stay true."""

from spanmill.sampling.share import Keep, Sampling

__all__ = ["Keep", "Sampling"]
