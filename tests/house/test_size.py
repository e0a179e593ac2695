"""Modules and functions are small, and each has a name that says what it is about."""

import ast

from support.source_tree import ROOT, files, functions

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 60
NAMELESS = {"util", "utils", "helper", "helpers", "common", "misc", "base", "stuff"}


def test_modules_are_short() -> None:
    """No Python file exceeds 300 lines."""
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in files(".py")}
    assert {path: length for path, length in lengths.items() if length > MAX_MODULE_LINES} == {}


def test_functions_are_short() -> None:
    """No function exceeds 60 lines."""
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in files(".py")
        for function in functions(ast.parse(path.read_text("utf-8")))
        if (function.end_lineno or 0) - function.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_modules_have_names() -> None:
    """No module is a drawer for whatever has no place."""
    assert [path for path in files(".py") if path.stem.strip("_") in NAMELESS] == []
