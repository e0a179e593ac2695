"""Names that give secrets away, and lists of keys."""

from typing import Any

import pytest

from spanmill.masking.mask import Mask, listed
from spanmill.masking.names import secrecy
from spanmill.masking.values import Values


def masked(attributes: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    """What is sent of *attributes*; no failure is expected."""

    def fail(error: Exception) -> None:
        raise error

    return dict(Values(listed(Mask(**chosen), {}), fail).attributes(attributes, "attribute") or {})


SECRET = "[secret hidden by spanmill]"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "authorization",
            "http.request.header.authorization",
            "http.request.header.x-api-key",
            "Cookie",
            "set-cookie",
        ),
        *(
            "db.password",
            "dbPassword",
            "DB_PASSWORD",
            "api_key",
            "apiKey",
            "openai.api-key",
            "client_secret",
            "clientSecret",
        ),
        *(
            "access_token",
            "rpc.grpc.request.metadata.authorization",
            "aws.secretAccessKey",
            "user.credentials",
            "headers[cookie]",
        ),
        *("http.request.header.authorization.0", "X-Amz-Security-Token", "password.value"),
    ],
)
def test_secrets_by_name(name: str) -> None:
    """As whole words of one part of a key, in all ways of writing them."""
    assert secrecy(name) == "secret"
    assert masked({name: "Zq", "other": "Zq"}) == {name: SECRET, "other": "Zq"}


@pytest.mark.parametrize(
    "name",
    [
        *("gen_ai.usage.input_tokens", "gen_ai.usage.details.cached_token", "llm.token_count.prompt", "max_tokens"),
        *(
            "gen_ai.request.max_tokens",
            "ai.usage.tokens",
            "max_token",
            "eos_token",
            "time_per_output_token",
            "gen_ai.token.type",
        ),
        *(
            "secretary",
            "passwordless",
            "monkey",
            "token_count",
            "password_length",
            "secret.name",
            "key",
            "public_key",
            "tool_call_id",
        ),
    ],
)
def test_names_of_other_things(name: str) -> None:
    """Tokens of models, and what only says something about a secret."""
    assert secrecy(name) == "none"
    assert masked({name: "a long text without any secret"}) == {name: "a long text without any secret"}


def test_a_tokenizers_token_is_short() -> None:
    """A bare `token` is hidden from 16 characters on; numbers are no secret there."""
    assert masked({"token": "Hello"}) == {"token": "Hello"}
    assert masked({"token": 17}) == {"token": 17}
    assert masked({"token": "abcdefghijklmnop"}) == {"token": SECRET}


def test_whether_there_is_a_secret_is_none() -> None:
    """Truth values and nothing stay; numbers do not."""
    assert masked({"password": True, "pwd": None, "cvv": 123}) == {"password": True, "pwd": None, "cvv": SECRET}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password=Zq1",
            "Password : Zq1",
            "--password Zq1 --user x",
            "export DB_PASSWORD=Zq1",
            "db_password => 'Zq1'",
        ),
        *("{'password': b'Zq1'}", "password=SecretStr('Zq1')", 'Config(apiKey="a Zq1 b", n=1)', "My API key: Zq1"),
        *("<password>a Zq1</password>", '[{"name": "cookie", "value": "Zq1"}]', "[(b'authorization', b'Zq1')]"),
        *(
            "https://x/?access_token=Zq1&y=1",
            "https://u:Zq1@host/x",
            "Password=a Zq1;Server=x",
            "set-cookie: a=Zq1; b=Zq1",
        ),
        *(
            '{"password":\n  ["a", "Zq1"]}',
            '{"secret": {"a": "}", "b": "Zq1"}}',
            '{"pwd": "a\\"Zq1"}',
            '"{\\"pwd\\": \\"Zq1',
        ),
    ],
)
def test_names_with_values_in_texts(text: str) -> None:
    """However they are written; what has no end, ends with the text."""
    said = masked({"said": text})["said"]
    assert "Zq1" not in said
    assert SECRET in said


def test_names_inside_of_values() -> None:
    """In members of nested values, and in texts."""
    given = {"request": {"headers": {"Cookie": ["a=b"], "accept": "json"}}, "said": '{"apiKey": "Zq", "n": 1}'}
    assert masked(given) == {
        "request": {"headers": {"Cookie": SECRET, "accept": "json"}},
        "said": '{"apiKey": "[secret hidden by spanmill]", "n": 1}',
    }


class TestLists:
    """`deny`, `allow` and `keep`."""

    def test_denied_keys(self) -> None:
        """Globs, whatever the case, all types of values, and members too."""
        hidden = "[value hidden by spanmill]"
        given = {"customer.Address": "Elm 1", "customer.age": 40, "x": {"address": 1, "y": 2}}
        expected = {"customer.Address": hidden, "customer.age": hidden, "x": {"address": hidden, "y": 2}}
        assert masked(given, deny=("*.address", "customer.*")) == expected
        assert masked({"a.b": "x", "a": "y"}, deny="a.*") == {"a.b": hidden, "a": "y"}

    def test_allowed_keys(self) -> None:
        """Texts of all others are hidden, their numbers are not, nor what a span is known by."""
        given = {"input.value": "x", "shop.name": "y", "n": 3, "gen_ai.request.model": "m", "shop.tags": ("a",)}
        hidden = "[text hidden by spanmill]"
        assert masked(given, allow=["shop.name"]) == given | {"input.value": hidden, "shop.tags": hidden}

    def test_allowed_is_not_harmless(self) -> None:
        """Names and patterns count all the same, and what is denied stays denied."""
        given = {"shop.password": "x", "shop.note": "4111111111111111", "shop.x": 1}
        sent = masked(given, allow=("shop.*",), deny=("shop.x",))
        assert list(sent.values()) == [SECRET, "[card hidden by spanmill]", "[value hidden by spanmill]"]

    def test_kept_keys(self) -> None:
        """A name that gives nothing away here."""
        assert masked({"page_token": "abc"}, keep=("page_token",)) == {"page_token": "abc"}

    def test_keys_are_masked_themselves(self) -> None:
        """They may be made of what people write."""
        assert masked({"seen.sk-proj-Ab3dE6gH9jK2mN5pQ8sT1v": 1}) == {"seen.[API key hidden by spanmill]": 1}
