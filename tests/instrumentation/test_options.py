"""Arguments of `spanmill.init` and the variables that stand in for them."""

import pytest

from spanmill._options import Options


def test_arguments_win() -> None:
    """What the code says wins over the environment."""
    environment = {"SPANMILL_ENDPOINT": "http://e", "SPANMILL_API_KEY": "e", "SPANMILL_CAPTURE_CONTENT": "false"}
    given = Options(endpoint="http://c", api_key="c", capture_content=True)
    assert given.completed(environment) == given
    assert Options().completed(environment) == Options(endpoint="http://e", api_key="e")
    assert (given.capture(environment).is_on, Options().capture(environment).is_on) == (True, False)


@pytest.mark.parametrize(
    ("value", "is_captured"), [("", True), ("1", True), ("0", False), ("No", False), (" off ", False)]
)
def test_capture_content(value: str, is_captured: bool) -> None:
    """Content is captured unless SPANMILL_CAPTURE_CONTENT says no in one of the usual words."""
    assert Options().capture({"SPANMILL_CAPTURE_CONTENT": value}).is_on is is_captured
