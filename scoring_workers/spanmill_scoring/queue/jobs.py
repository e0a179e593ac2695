"""
Jobs that Redis may ask for: one function, plain ids as arguments.

Whoever can write to Redis can enqueue anything, and RQ would import and call it. So jobs are JSON, never pickle, and a
job's function is looked up in a table of ours instead of being imported; callbacks and webhooks, which are names and
addresses taken from Redis too, do not exist here. With a key (`spanmill_scoring.queue.signing`) only our planners' jobs
are performed at all.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from rq.job import Job
from rq.serializers import JSONSerializer

from spanmill_scoring.queue.signing import Signer

Pool = Literal["fast", "judge"]
"""A queue, and the workers that serve it alone."""

POOLS: Final[tuple[Pool, ...]] = ("fast", "judge")

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


def performing(function: JobFunction, signer: Signer) -> type[SpanmillJob]:
    """Return a job class that performs `SCORE` by calling *function*, if the job is signed as *signer* does."""

    class PerformingJob(SpanmillJob):
        """A job that can be performed."""

        functions: Mapping[str, JobFunction] = {SCORE: function}

        @property
        def func(self) -> JobFunction:
            """The function, for a job that is signed."""
            if self.kwargs or not signer.accepts(self.id, self.args, self.meta):
                message = f"job {self.id} is not signed with SPANMILL_QUEUE_KEY: give planners and workers the same key"
                raise JobRefused(message)
            return super().func

    return PerformingJob
