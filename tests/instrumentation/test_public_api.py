"""The shim's public surface is what `__all__` says."""

import inspect
import types

import spanmill


def test_surface() -> None:
    """Everything public is declared, and everything declared exists."""
    visible = {
        name
        for name, value in vars(spanmill).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    steps, told = {"Step", "observe", "session", "span"}, {"current_trace_id", "feedback", "flag", "score"}
    assert visible == set(spanmill.__all__) == steps | told | {"Mask", "Sampling", "flush", "init", "lost", "shutdown"}


def test_documented() -> None:
    """Each public function explains itself and is fully annotated."""
    for name in spanmill.__all__:
        function = getattr(spanmill, name)
        signature = inspect.signature(function)
        assert inspect.getdoc(function)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(parameter.annotation is not parameter.empty for parameter in signature.parameters.values())
