"""What `init` and SPANMILL_MASK say about masking."""

import pytest

from spanmill import Mask
from spanmill.masking.mask import ALL, SECRETS, Pattern, listed
from support.otlp_receiver import Receiver
from support.programs import Run

SHOP = """
import spanmill
spanmill.init({arguments})
with spanmill.session(user_id="joe@example.com"), spanmill.span("work", attributes={{"password": "Zq"}}):
    pass
"""


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("", SECRETS),
        ("none", ()),
        ("secrets", SECRETS),
        (" ALL ", ALL),
        ("email, card", ("card", "email")),
        ("secrets,email", (*SECRETS, "email")),
    ],
)
def test_variable(said: str, kinds: tuple[Pattern, ...]) -> None:
    """None, secrets, all, or kinds with commas between."""
    assert listed(None, {"SPANMILL_MASK": said}).kinds() == kinds


def test_argument_wins() -> None:
    """What the code says about kinds counts; what it leaves open, the variable says."""
    environment = {"SPANMILL_MASK": "all"}
    assert listed(Mask(patterns=("jwt",)), environment).kinds() == ("jwt",)
    assert listed(Mask(patterns="none"), environment).kinds() == ()
    assert listed(Mask(deny=("a",)), environment).kinds() == ALL


@pytest.mark.parametrize("said", ["emial", "all,x", "yes"])
def test_unknown_kinds_are_refused(said: str) -> None:
    """With a sentence that names those that there are."""
    with pytest.raises(ValueError, match="is no kind of text to hide: there are none, secrets, all, credentials"):
        listed(None, {"SPANMILL_MASK": said})


def test_secrets_are_hidden_by_default(python: Run, receiver: Receiver) -> None:
    """In a real process; addresses of people are not, and with masking off nothing is."""
    for variables, password in (({}, "[secret hidden by spanmill]"), ({"SPANMILL_MASK": "none"}, "Zq")):
        done = python(SHOP.format(arguments=""), **variables)
        assert (done.returncode, done.stderr) == (0, "")
        said = receiver.spans.pop().attributes
        assert (said["password"], said["user.id"]) == (password, "joe@example.com")


def test_a_typing_error_hides_everything(python: Run, receiver: Receiver) -> None:
    """And is one line in the log; the spans arrive."""
    for arguments, variables in (("", {"SPANMILL_MASK": "emial"}), ("mask={'email'}", {})):
        done = python(SHOP.format(arguments=arguments), **variables)
        assert (done.returncode, done.stderr.count("\n")) == (0, 1)
        assert "spanmill could not understand what is to be masked" in done.stderr
        said = receiver.spans.pop().attributes
        assert (said["password"], said["user.id"]) == ("[secret hidden by spanmill]", "[email hidden by spanmill]")


def test_services_that_are_called_get_what_is_masked(python: Run) -> None:
    """The baggage of requests is no way out."""
    program = SHOP.format(arguments="mask=spanmill.Mask(patterns='all')").replace(
        "    pass",
        """
    from opentelemetry.propagate import inject
    headers = {}
    inject(headers)
    print(headers["baggage"])
""",
    )
    assert python(program).stdout == "user.id=%5Bemail+hidden+by+spanmill%5D\n"
