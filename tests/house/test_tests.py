"""Tests say what they hold the code to."""

import ast

from support.source_tree import ROOT, files, functions


def test_tests_have_docstrings() -> None:
    """Every test states the behaviour it expects in a sentence."""
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in files(".py")
        if path.is_relative_to(ROOT / "tests")
        for function in functions(ast.parse(path.read_text("utf-8")))
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").endswith((".", "?"))
    ]
    assert silent == []
