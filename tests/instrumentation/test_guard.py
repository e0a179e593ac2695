"""What fails inside the shim is told, never raised."""

import logging

import pytest

from spanmill import _instrumentors, _pipeline
from spanmill._guard import Guard, LogOnce
from spanmill._options import Options
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
    """A failure is one line, once for each action, even where the error has no text."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    guard = Guard(LogOnce(logging.getLogger("test")))
    for action in ("send", "send", "load"):
        with guard.attempt(action):
            raise ValueError("no")
    with guard.attempt("speak"):
        raise MuteError
    messages = [record.getMessage() for record in caplog.records if record.args and action in str(record.args)]
    assert messages == ["spanmill could not load: ValueError: no"]
    assert [record.args[0] for record in caplog.records if isinstance(record.args, tuple)][:2] == ["send", "load"]


@pytest.mark.parametrize("step", ["is_disabled", "connect", "switch_on_all"])
def test_every_step_of_init_is_guarded(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever step of `init` fails, the host learns nothing of it."""
    policy = Collected()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(step)

    # The steps have no seam of their own: what is tested is that none lies outside the guard.
    monkeypatch.setattr(_pipeline, "connect", lambda *_: _pipeline.Pipeline([]))
    monkeypatch.setattr(_instrumentors, "switch_on_all", lambda *_: [])
    monkeypatch.setattr(_instrumentors if step == "switch_on_all" else _pipeline, step, fail)
    shim = Shim(Guard(policy), environment={})
    shim.init(Options(capture_content=True))
    assert [str(error) for _, error in policy.failures] == [step]
    assert shim.flush(1.0)
    shim.shutdown()
