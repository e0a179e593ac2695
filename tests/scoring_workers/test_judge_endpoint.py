"""How an endpoint is asked: in which form, how often, and how soon again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.judge import waiting
from support import judge_endpoint as server
from support.judge_client import GOOD, Client, failure, refusal
from support.processes import free_port


@pytest.fixture
def running() -> Iterator[server.Endpoint]:
    """A running endpoint."""
    with server.judge_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def client(running: server.Endpoint) -> Client:
    """Asks it."""
    return Client(running)


class TestForms:
    """The strictest form that a server says it can do."""

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, refusal("This response_format type is unavailable now")),
            (400, refusal("This model does not support response format `json_schema`.")),
            (400, refusal("'response_format.type' must be 'json_object' or 'text'")),
            (400, refusal("Invalid parameter", param="response_format")),
            (404, refusal("No endpoints found that support structured outputs")),
            (422, refusal("Extra inputs are not permitted: json_schema")),
        ],
    )
    def test_a_server_that_says_no_is_asked_less_strictly(self, client: Client, status: int, body: Any) -> None:
        """Step by step, at once, and without using up tries."""
        client.judge = client.judge.model_copy(update={"retries": 0})
        asked = client.ask((status, body), (status, body), (200, GOOD))
        assert asked.completion is not None
        assert client.forms() == ["json_schema", "json_object", "text"]
        assert (asked.manner.form, len(asked.failed), client.waited_s) == ("text", 2, [])

    def test_what_it_said_is_remembered(self, client: Client) -> None:
        """The next call begins where the last one came to."""
        client.ask((400, refusal("response_format")), (200, GOOD))
        client.ask((200, GOOD))
        assert client.forms() == ["json_schema", "json_object", "json_object"]

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, refusal("Unsupported value", param="temperature", code="unsupported_value")),
            (400, refusal("The model failed to generate JSON for its schema", code="json_validate_failed")),
            (401, refusal("response_format")),
            (404, refusal("The model `m` does not exist")),
            (500, refusal("response_format")),
        ],
    )
    def test_other_refusals_do_not_lower_it(self, client: Client, status: int, body: Any) -> None:
        """What is not about the form is a failure in the form that was asked for."""
        client.judge = client.judge.model_copy(update={"retries": 0})
        client.ask((status, body))
        assert client.forms() == ["json_schema"]

    def test_a_server_that_refuses_every_form_is_a_failure(self, client: Client) -> None:
        """The ladder has an end."""
        asked = client.ask((400, refusal("response_format is unknown")))
        assert failure(asked).state == "provider_error"
        assert len(client.forms()) == 3

    def test_a_limit_of_tokens_is_given_by_the_name_that_the_server_knows(self, running: server.Endpoint) -> None:
        """Newer models know it under another name, and say so."""
        client = Client(running, max_tokens=50)
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        client.ask((400, refusal(message, param="max_tokens")), (200, GOOD))
        names = ("max_tokens", "max_completion_tokens")
        sent = [{name: request[name] for name in names if name in request} for request in running.requests]
        assert sent == [{"max_tokens": 50}, {"max_completion_tokens": 50}]

    def test_a_model_that_refuses_a_temperature_gets_a_hint(self, client: Client) -> None:
        """Whoever reads the ledger learns what to write."""
        asked = client.ask((400, refusal("'temperature' does not support 0", param="temperature")))
        assert failure(asked).reason.endswith("give the judge temperature: null")


class TestTries:
    """What may pass is tried again; each request is counted."""

    @pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
    def test_what_may_pass_is_tried_again(self, client: Client, status: int) -> None:
        """An endpoint that recovers within the tries costs nothing but time."""
        asked = client.ask((status, {}), (status, {}), (200, GOOD))
        assert asked.completion is not None
        assert ([one.status for one in asked.failed], asked.retries) == ([status, status], 2)
        assert len(client.waited_s) == 2

    @pytest.mark.parametrize(
        ("status", "body", "state"),
        [
            (400, refusal("no"), "provider_error"),
            (401, refusal("no"), "provider_error"),
            (403, refusal("no"), "provider_error"),
            (429, refusal("no", code="insufficient_quota"), "provider_error"),
            (400, refusal("no", code="context_length_exceeded"), "too_large"),
            (400, refusal("no", code="json_validate_failed"), "parse_error"),
            (413, refusal("no"), "too_large"),
        ],
    )
    def test_what_will_not_pass_is_not(self, client: Client, status: int, body: Any, state: str) -> None:
        """One request, and the state that says what it was."""
        asked = client.ask((status, body))
        assert failure(asked).state == state
        assert f"HTTP {status}" in failure(asked).reason
        assert len(client.running.requests) == len(asked.failed) == 1

    def test_tries_have_an_end(self, client: Client) -> None:
        """After the last one the failure says what was wrong."""
        asked = client.ask((503, refusal("overloaded")))
        assert len(asked.failed) == 4
        assert failure(asked).reason == "judge m answered HTTP 503: 'Error code: 503 - overloaded'"

    def test_a_server_may_forbid_it(self, client: Client) -> None:
        """By a header of the OpenAI API."""
        client.running.headers["x-should-retry"] = "false"
        assert len(client.ask((500, {})).failed) == 1

    def test_nobody_there_is_a_provider_error(self, running: server.Endpoint) -> None:
        """An endpoint that refuses connections is tried again too, and named."""
        client = Client(running)
        client.running.url = f"http://127.0.0.1:{free_port()}/v1"
        asked = client.ask((200, GOOD))
        assert failure(asked).state == "provider_error"
        assert [one.status for one in asked.failed] == [0, 0, 0, 0]

    def test_no_try_begins_after_the_end_of_the_job(self, client: Client) -> None:
        """A job that is ended from outside would lose what it has; what was not asked goes on waiting."""
        client.running.headers["retry-after"] = "20"
        asked = client.ask((503, {}), until_s=45.0)
        assert len(asked.failed) == 3
        assert failure(asked).state == "provider_error"


class TestWaiting:
    """How long before the next try."""

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "0.5"}, 0.5),
            ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
            ({"retry-after": "Thu, 01 Jan 1970 00:01:50 GMT"}, 10.0),
            ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
            ({"retry-after": "soon"}, None),
            ({"retry-after": "-3"}, None),
            ({"retry-after": "inf"}, None),
            ({"retry-after": "nan"}, None),
        ],
    )
    def test_what_a_server_asks_for(self, headers: dict[str, str], seconds: float | None) -> None:
        """Seconds, milliseconds or a date; what is none of these was not asked for."""
        assert waiting.asked_s(headers, clock=lambda: 100.0) == seconds

    @pytest.mark.parametrize(
        ("left", "reset", "tokens", "seconds"),
        [
            ("0", "1s", 0, 1.0),
            ("0", "6m0s", 0, 60.0),
            ("0", "20ms", 0, 0.02),
            ("0", "1.5s", 0, 1.5),
            ("0", "3", 0, 3.0),
            ("1", "1s", 0, 0.0),
            ("99", "2s", 100, 2.0),
            ("100", "2s", 100, 0.0),
            ("0", "tomorrow", 0, 0.0),
            ("none", "1s", 0, 0.0),
        ],
    )
    def test_limits_are_seen_before_they_are_hit(self, left: str, reset: str, tokens: int, seconds: float) -> None:
        """An endpoint that says that nothing is left is left alone until it says otherwise, a minute at most."""
        kind = "tokens" if tokens else "requests"
        headers = {f"x-ratelimit-remaining-{kind}": left, f"x-ratelimit-reset-{kind}": reset}
        assert waiting.until_reset_s(headers, tokens) == pytest.approx(seconds)

    @given(tries=st.integers(1, 40), share=st.floats(0, 1), wished_s=st.none() | st.floats(0, 60))
    def test_it_grows_and_is_by_chance(self, tries: int, share: float, wished_s: float | None) -> None:
        """Anything from nothing to twice as much each time, up to half a minute, on top of what is asked for."""
        waited_s = waiting.before_next_s(tries, wished_s, lambda low, high: low + share * (high - low))
        assert waited_s == pytest.approx((wished_s or 0.0) + share * min(30.0, 0.5 * 2.0 ** (tries - 1)))

    def test_what_is_asked_for_is_waited_for(self, client: Client) -> None:
        """At least so long, before each try, by this call and by all others."""
        client.running.headers["retry-after"] = "11"
        client.ask((429, {}), (429, {}), (200, GOOD))
        assert all(11 <= seconds <= 12 for seconds in client.waited_s)
        assert len(client.waited_s) == 2

    def test_who_asks_for_too_long_is_not_waited_for_in_a_job(self, client: Client) -> None:
        """The target goes back to waiting instead of holding a worker."""
        client.running.headers["retry-after"] = "3600"
        asked = client.ask((429, {}))
        assert (len(asked.failed), client.waited_s) == (1, [])

    def test_a_used_up_limit_holds_the_next_call(self, client: Client) -> None:
        """By the headers of an answer that was a success."""
        client.running.headers |= {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9s"}
        client.ask((200, GOOD))
        client.ask((200, GOOD))
        assert client.waited_s == [pytest.approx(9.0)]


def test_a_failed_try_knows_when_it_failed(client: Client) -> None:
    """So that a trace of the call can show it."""
    [failed] = client.ask((401, {})).failed
    assert abs((datetime.now(UTC) - failed.time).total_seconds()) < 5
