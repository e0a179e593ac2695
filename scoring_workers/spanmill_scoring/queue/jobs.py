"""
Jobs that Redis may ask for: one function, plain ids as arguments.

Whoever can write to Redis can enqueue anything, and RQ would import and call it. So jobs are JSON, never pickle, and a
job's function is looked up in a table of ours instead of being imported; callbacks and webhooks, which are names and
addresses taken from Redis too, do not exist here.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from rq.job import Job
from rq.serializers import JSONSerializer

Pool = Literal["fast", "judge"]
"""A queue, and the workers that serve it alone."""

SCORE: Final = "score"
"""
Name of the only function: ``score(rule, version, targets)``, targets being [project, trace id, span id] each; without
any, everything that waits for a rule in SQL is meant.
"""

SERIALIZER: Final = JSONSerializer

JobFunction = Callable[[str, str, list[list[str]]], object]


class JobRefused(Exception):
    """A job asks for something that is not ours to do."""


class SpanmillJob(Job):
    """A job that can be queued and looked at, but not performed: what the planner uses."""

    functions: Mapping[str, JobFunction] = {}

    @property
    def func(self) -> JobFunction:
        """The function, from the table; never imported."""
        function = self.functions.get(self.func_name or "") if self.instance is None else None
        if function is None:
            message = f"job {self.id} asks for {self.func_name!r}, which is not a function of spanmill"
            raise JobRefused(message)
        return function

    @property
    def success_callback(self) -> None:
        """None: not used, so not obeyed."""

    @property
    def failure_callback(self) -> None:
        """None: not used, so not obeyed."""

    @property
    def stopped_callback(self) -> None:
        """None: not used, so not obeyed."""

    def send_webhooks(self, status: object, *, exc_string: str | None = None) -> None:
        """Send nothing: a webhook is an address that came from Redis."""


def performing(function: JobFunction) -> type[SpanmillJob]:
    """Return a job class that performs `SCORE` by calling *function*."""

    class PerformingJob(SpanmillJob):
        """A job that can be performed."""

        functions: Mapping[str, JobFunction] = {SCORE: function}

    return PerformingJob
