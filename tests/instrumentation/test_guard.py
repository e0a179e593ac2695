"""What fails inside the shim is told, never raised."""

import logging

import pytest

from spanmill import _instrumentors, _pipeline
from spanmill._evaluations import Evaluations
from spanmill._guard import Guard, LogOnce
from spanmill._losses import Losses
from spanmill._options import Options
from spanmill._recording import Recorder
from spanmill._shim import Shim


class Collected:
    """A failure policy that keeps the failures."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, Exception]] = []

    def __call__(self, action: str, error: Exception) -> None:
        """Keep the failure."""
        self.failures.append((action, error))


def reraise(action: str, error: Exception) -> None:
    """Make failures visible to a test."""
    raise AssertionError(action) from error


def test_failure_is_given_to_the_policy() -> None:
    """An exception ends its block and goes to the policy, nowhere else."""
    policy, error = Collected(), ValueError("no")
    with Guard(policy).attempt("do it"):
        raise error
    assert policy.failures == [("do it", error)]


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_signals_pass(signal: type[BaseException]) -> None:
    """A host that is told to stop, stops."""
    policy = Collected()
    with pytest.raises(signal), Guard(policy).attempt("do it"):
        raise signal
    assert policy.failures == []


def test_policy_may_raise() -> None:
    """The policy is the caller's choice, to raise included."""
    with pytest.raises(AssertionError, match="do it"), Guard(reraise).attempt("do it"):
        raise ValueError


def test_log_once(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is one line, once for each action."""
    guard = Guard(LogOnce(logging.getLogger("test")))
    for action in ("send", "send", "load"):
        with guard.attempt(action):
            raise ValueError("no")
    assert [record.getMessage() for record in caplog.records] == [
        "spanmill could not send: ValueError: no",
        "spanmill could not load: ValueError: no",
    ]


def test_log_once_survives_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that cannot even be put into words, in a log that lets errors out, does no harm."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    class Formatting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            self.format(record)

    logger = logging.getLogger("unwell")
    monkeypatch.setattr(logger, "handlers", [Formatting()])
    monkeypatch.setattr(logger, "propagate", False)
    with Guard(LogOnce(logger)).attempt("speak"):
        raise MuteError


@pytest.mark.parametrize("step", ["is_disabled", "connect", "switch_on_all"])
def test_every_step_of_init_is_guarded(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step of `init` fails, the host learns nothing of it."""
    policy = Collected()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(step)

    # The steps have no seam of their own: what is tested is that none lies outside the guard.
    monkeypatch.setattr(_pipeline, "connect", lambda *_: _pipeline.Pipeline([], Losses(logging.getLogger("spanmill"))))
    monkeypatch.setattr(_instrumentors, "switch_on_all", lambda *_: [])
    monkeypatch.setattr(_instrumentors if step == "switch_on_all" else _pipeline, step, fail)
    guard = Guard(policy)
    shim = Shim(guard, environment={}, recorder=Recorder(guard), evaluations=Evaluations(guard))
    shim.init(Options(capture_content=True))
    assert [str(error) for _, error in policy.failures] == [step]
    assert shim.flush(1.0)
    shim.shutdown()
