"""The pytest plugin, in pytest runs of its own."""

import pytest

pytest_plugins = ["pytester"]

APP = """
import pytest
import spanmill

def answer(question):
    with spanmill.span("look up", kind="tool", input=question) as step:
        step.set_output("shipped")
"""
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")


def test_the_fixture(pytester: pytest.Pytester) -> None:
    """Gives each test a capture of its own."""
    pytester.makepyfile(
        APP
        + """
@pytest.mark.parametrize("question", ["a", "b"])
def test_answer(spanmill_capture, question):
    answer(question)
    assert spanmill_capture.one(kind="tool").input == question
    assert spanmill_capture.tree() == "look up (tool)"
"""
    )
    pytester.runpytest_subprocess(*QUIET).assert_outcomes(passed=2)


def test_a_failure_shows_the_spans(pytester: pytest.Pytester) -> None:
    """In a section of the report; a test that passes, or has no capture, shows nothing."""
    pytester.makepyfile(
        APP
        + """
def test_fails(spanmill_capture):
    answer("where?")
    assert spanmill_capture.find(kind="llm")

def test_fails_without():
    assert not answer("silent")
    assert False

def test_passes(spanmill_capture):
    answer("passing")
"""
    )
    result = pytester.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["*Captured spans*", "look up (tool): where? → shipped"])
    assert result.stdout.str().count("Captured spans") == 1
    result.stdout.no_fnmatch_line("*silent →*")


def test_nobody_pays_who_does_not_ask(pytester: pytest.Pytester) -> None:
    """Where no test uses the fixture, the plugin is loaded and imports nothing."""
    pytester.makeconftest(
        """
import sys
def pytest_unconfigure(config):
    print("plugin:", config.pluginmanager.has_plugin("spanmill"))
    print("loaded:", sorted(name for name in sys.modules if name.partition(".")[0] in {"spanmill", "opentelemetry"}))
"""
    )
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess(*QUIET)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["plugin: True", "loaded: []"])


def test_it_is_listed(pytester: pytest.Pytester) -> None:
    """With a sentence, among the fixtures."""
    result = pytester.runpytest_subprocess(*QUIET, "--fixtures")
    result.stdout.fnmatch_lines(["spanmill_capture*", "*Spans and scores that the test's code makes*"])
