import json
from collections.abc import Iterator
from typing import Any

import pytest

from spanmill_scoring.judge.answer import verdict
from spanmill_scoring.judge.prompt import Prompt, prompt_for
from spanmill_scoring.judge.scorer import Judged, score
from spanmill_scoring.outcomes import Failure, Outcome, Score
from spanmill_scoring.rules.judges import Judge
from spanmill_store.targets import Target, TargetId
from support.judge_endpoint import FENCE, Endpoint, answer, judge_endpoint, mark_of, texts_of

CHOICES = {"good": 1.0, "bad": 0.0}
PROMPT = Prompt("", "", check="5eed", mark="¤", cut_chars=0)


def target(output: str, text: str = "question") -> Target:
    """A target with this output."""
    return Target(TargetId("default", "t"), "turn", text, output, "", "", {}, ())


def judge(url: str = "http://127.0.0.1:9/v1", **more: Any) -> Judge:
    """A judge at this endpoint."""
    settings = {"model": "m", "rubric": "Is it good?\n{{input}}{{output}}", "api_key_env": None, "base_url": url}
    verdicts = {} if "scale" in more else {"choices": CHOICES}
    return Judge.model_validate(settings | verdicts | {"retries": 0} | more)


def judged(endpoint: Endpoint, body: object, status: int = 200, **more: Any) -> Judged:
    """What comes of one target when the endpoint answers so."""
    endpoint.respond = lambda _: (status, body)
    (one,) = score(judge(endpoint.url, **more), [target("x")])
    return one


def failure(outcome: Outcome) -> Failure:
    """*outcome*, which is a failure."""
    assert isinstance(outcome, Failure)
    return outcome


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A running endpoint."""
    with judge_endpoint() as running:
        yield running


class TestVerdict:
    """What the endpoint answers becomes a score or a failure."""

    def test_a_choice_becomes_its_value(self, endpoint: Endpoint) -> None:
        """The choice is the label, its number the value, the rationale the reason."""
        content = json.dumps({"rationale": "because", "choice": "good"})
        assert judged(endpoint, answer(content)).outcome == Score(1.0, "good", "because")
        (request,) = endpoint.requests
        schema = request["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["choice"]["enum"] == ["good", "bad"]

    def test_a_number_of_a_scale_is_the_value(self, endpoint: Endpoint) -> None:
        """Any number between the bounds, which are told and are no part of the schema."""
        content = json.dumps({"rationale": "because", "score": 4.5})
        scale = {"min": 1, "max": 5}
        assert judged(endpoint, answer(content), scale=scale).outcome == Score(4.5, "", "because")
        (request,) = endpoint.requests
        assert request["response_format"]["json_schema"]["schema"]["properties"]["score"] == {"type": "number"}
        assert "choose a number from 1 to 5" in request["messages"][1]["content"]

    @pytest.mark.parametrize(
        "content",
        [
            None,
            "",
            "good",
            "[]",
            "1",
            '"good"',
            '{"choice": "good", "check": "5eed"}',
            '{"choice": "good", "rationale": ""}',
            '{"choice": "good", "rationale": "", "check": "5eeds"}',
            '{"choice": "good", "rationale": "", "check": 5}',
            '{"choice": "great", "rationale": "", "check": "5eed"}',
            '{"choice": "Good", "rationale": "", "check": "5eed"}',
            '{"choice": ["good"], "rationale": "", "check": "5eed"}',
            '{"choice": "good", "rationale": 1, "check": "5eed"}',
            '{"choice": "good", "rationale": "", "check": "5eed", "score": 1.0}',
            '{"choice": "bad", "rationale": "", "check": "5eed", "choice": "good"}',
            '{"verdict": {"choice": "good", "rationale": "", "check": "5eed"}}',
            '[{"choice": "good", "rationale": "", "check": "5eed"}]',
            '{"choice": "good", "rationale": "", "check": "5eed"} No, I take that back.',
            '{"choice": "good", "rationale": "", "check": "5eed"}\n{"choice": "bad"}',
            "{'choice': 'good', 'rationale': '', 'check': '5eed'}",
            '{"choice": "good", "rationale": "", "check": "5eed",}',
            "[" * 40_000,
            '{"a":' * 9_000,
            "{" * 50_000,
            "x" * 60_000,
        ],
    )
    def test_anything_else_is_a_parse_error(self, content: str | None) -> None:
        """An answer that is not exactly a verdict of this call is not guessed at."""
        outcome = failure(verdict(content, judge(), PROMPT))
        assert outcome.state == "parse_error"
        assert outcome.reason.startswith("the judge ")
        assert len(outcome.reason) < 400

    @pytest.mark.parametrize(
        "number", ["0.99", "5.01", "-1", "true", '"3"', "null", "[3]", "NaN", "Infinity", "1e999", "9" * 400]
    )
    def test_what_is_no_number_of_the_scale_is_a_parse_error(self, number: str) -> None:
        """Nothing is rounded, clipped or read out of a text."""
        content = f'{{"rationale": "", "score": {number}, "check": "5eed"}}'
        assert failure(verdict(content, judge(scale={"min": 1, "max": 5}), PROMPT)).state == "parse_error"

    @pytest.mark.parametrize(
        "around", ["{}", 'Let me think. {{"a": 1}} is not it.\n{}', "<think>good?</think>\n```json\n{}\n```", " {}\n"]
    )
    def test_a_judge_may_think_aloud_first(self, around: str) -> None:
        """The object with which the answer ends is the verdict, also inside a fence of Markdown."""
        content = around.format('{"rationale": "a {b} \\" c", "choice": "bad", "check": "5eed"}')
        assert verdict(content, judge(), PROMPT) == Score(0.0, "bad", 'a {b} " c')

    def test_quoted_words_lose_their_marks(self) -> None:
        """A rationale reads as if the texts had borne none, and can be stored whatever a server makes of it."""
        content = '{"rationale": "It says ¤five ¤days \\ud800", "choice": "bad", "check": "5eed"}'
        assert verdict(content, judge(), PROMPT) == Score(0.0, "bad", "It says five days ?")

    @pytest.mark.parametrize(
        ("choice", "words"),
        [
            ({"finish_reason": "length", "message": {"content": '{"rationale": "' + "x" * 50}}, "max_tokens"),
            ({"finish_reason": "stop", "message": {"content": None, "refusal": "I would rather not"}}, "declined"),
            ({"finish_reason": "stop", "message": {"content": [1]}}, "nothing"),
            ({"finish_reason": "stop"}, "nothing"),
        ],
    )
    def test_an_answer_without_its_parts_says_why(self, endpoint: Endpoint, choice: Any, words: str) -> None:
        """Cut off, declined, or of a server that is not quite compatible: a failure with a reason."""
        outcome = failure(judged(endpoint, {"id": "1", "object": "chat.completion", "choices": [choice]}).outcome)
        assert outcome.state == "parse_error"
        assert words in outcome.reason

    @pytest.mark.parametrize("body", [{"choices": []}, {}, [], "text", None, {"choices": "x", "usage": 5}])
    def test_an_answer_of_another_shape_is_a_parse_error(self, endpoint: Endpoint, body: Any) -> None:
        """Whatever a server sends does not break the job."""
        assert failure(judged(endpoint, body).outcome).state == "parse_error"

    def test_a_missing_variable_is_named(self) -> None:
        """A judge whose address comes from an unset variable says which, and has made no call."""
        [one] = score(judge("${NOWHERE}/v1"), [target("x")], environment={})
        assert one == Judged(Failure("provider_error", "environment variable NOWHERE is not set, which judge m needs"))

    def test_targets_keep_their_order_and_fates(self, endpoint: Endpoint) -> None:
        """Many calls at once, each with its own outcome; one that fails does not touch the others."""

        def respond(request: dict[str, Any]) -> tuple[int, Any]:
            number = int(texts_of(request)["output"])
            choice = "good" if number % 2 else "bad"
            return (500, {}) if number == 3 else (200, answer(json.dumps({"rationale": str(number), "choice": choice})))

        endpoint.respond = respond
        outcomes = [one.outcome for one in score(judge(endpoint.url), [target(str(number)) for number in range(12)])]
        assert [outcome.reason for outcome in outcomes if isinstance(outcome, Score)] == [
            str(number) for number in range(12) if number != 3
        ]
        assert isinstance(outcomes[3], Failure)


class TestCall:
    """Each judged target brings the call that it took."""

    def test_it_holds_what_was_sent_and_said(self, endpoint: Endpoint) -> None:
        """The messages to the letter, the answer, the tokens as the endpoint counted them, and how long it took."""
        usage = {
            "prompt_tokens": 120,
            "completion_tokens": 30,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 100},
            "completion_tokens_details": {"reasoning_tokens": 20},
        }
        call = judged(endpoint, answer(json.dumps({"rationale": "", "choice": "good"}), usage), seed=7).call
        assert call is not None
        [request] = endpoint.requests
        assert [call.system, call.user] == [message["content"] for message in request["messages"]]
        assert (call.usage.input, call.usage.output, call.usage.cached, call.usage.reasoning) == (120, 30, 100, 20)
        assert json.loads(call.answer)["choice"] == "good"
        assert (call.model, call.response_model, call.state, call.failure, call.requests) == ("m", "m", "scored", "", 1)
        assert (call.parameters["temperature"], call.parameters["seed"]) == (0, 7)
        assert call.latency_ns > 0
        assert len(call.trace_id) == 2 * len(call.span_id) == 32

    def test_an_unknown_number_of_tokens_stays_unknown(self, endpoint: Endpoint) -> None:
        """A server that counts nothing, or nonsense, has not counted 0."""
        for usage in (None, {"prompt_tokens": "many", "completion_tokens": -1, "total_tokens": None}):
            call = judged(endpoint, answer(json.dumps({"rationale": "", "choice": "good"}), usage)).call
            assert call is not None
            assert (call.usage.input, call.usage.output) == (None, None)

    def test_a_call_that_failed_says_how_often_it_was_made(self, endpoint: Endpoint) -> None:
        """Requests are counted one by one, whatever became of them."""
        call = judged(endpoint, {"error": {"message": "no"}}, 401).call
        assert call is not None
        assert (call.state, call.requests, [one.status for one in call.failed]) == ("provider_error", 1, [401])


class TestPrompt:
    """What the judge reads keeps data and instructions apart."""

    def test_model_and_sampling_are_pinned(self, endpoint: Endpoint) -> None:
        """Temperature 0 unless the rule says otherwise; null leaves it out for models that refuse it."""
        for more in ({}, {"temperature": 0.5, "seed": 3, "max_tokens": 99}, {"temperature": None}):
            judged(endpoint, answer(None), **more)
        sent = [
            {name: request[name] for name in ("model", "temperature", "seed", "max_tokens") if name in request}
            for request in endpoint.requests
        ]
        assert sent == [
            {"model": "m", "temperature": 0},
            {"model": "m", "temperature": 0.5, "seed": 3, "max_tokens": 99},
            {"model": "m"},
        ]

    def test_every_call_has_words_of_its_own(self, endpoint: Endpoint) -> None:
        """Neither fence nor check word can be learned from an earlier call."""
        endpoint.respond = lambda _: (200, answer(json.dumps({"rationale": "", "choice": "good"})))
        score(judge(endpoint.url), [target("a"), target("b")])
        users = [request["messages"][1]["content"] for request in endpoint.requests]
        nonces = {FENCE.findall(user)[0][0] for user in users}
        assert len(nonces) == 2
        assert all(len(nonce) == 16 for nonce in nonces)
        assert users[0][-12:] != users[1][-12:]

    def test_marks_can_be_left_out(self, endpoint: Endpoint) -> None:
        """A rule may show its texts as they are."""
        judged(endpoint, answer(None), datamark=False)
        [request] = endpoint.requests
        assert mark_of(request) == ""
        assert FENCE.findall(request["messages"][1]["content"])[1][2] == "x"
        assert "mark" not in request["messages"][0]["content"]

    def test_long_texts_are_cut_with_a_note(self) -> None:
        """Head and tail survive, and judge and reader see that something is missing, and how much."""
        prompt = prompt_for(judge(max_chars=100), target("a" * 500 + "z" * 500))
        shown = FENCE.findall(prompt.user)[1][2].replace(prompt.mark, "")
        assert shown == "a" * 66 + "\n[… 900 characters cut …]\n" + "z" * 34
        assert prompt.cut_chars == 900
        assert prompt_for(judge(), target("short")).cut_chars == 0
