"""
A customer support bot: it looks up the shop's policies, asks the order system, and answers with a model.

It knows nothing of spanmill. Run it as it is, or watch it:

    spanmill run -- python examples/support_bot/bot.py --conversations 60 --model-url http://127.0.0.1:8099/v1
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from typing import Final

from openai import OpenAI
from openai.types.chat import (
    ChatCompletionMessage,
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageFunctionToolCallParam,
    ChatCompletionMessageParam,
)

import customers
import knowledge
import shop
import spans
from customers import Conversation

MODEL: Final = "support-model"
THREADS: Final = 8
INSTRUCTIONS: Final = (
    "You are the support bot of Kettle & Co, an online shop for tea ware. Answer in the customer's language, briefly, "
    "and only from the policies you are given and the order system. When asked for JSON, answer with JSON alone."
)


class SupportBot:
    """Holds one conversation at a time: each call of `answer` is a turn that remembers those before it."""

    def __init__(self, client: OpenAI, conversation: Conversation) -> None:
        self._client = client
        self._conversation = conversation
        self._history: list[ChatCompletionMessageParam] = []

    def answer(self, question: str) -> str:
        """Answer one message of the customer."""
        with spans.turn(self._conversation, question) as span:
            asked: list[ChatCompletionMessageParam] = [
                {"role": "system", "content": INSTRUCTIONS},
                *self._history,
                {"role": "system", "content": _policies_about(question)},
                {"role": "user", "content": question},
            ]
            text = self._complete(asked)
            spans.answered(span, text)
        self._history += [{"role": "user", "content": question}, {"role": "assistant", "content": text}]
        return text

    def _complete(self, messages: list[ChatCompletionMessageParam]) -> str:
        """Ask the model, run the tools it calls for, and ask again until it answers in words."""
        while True:
            completion = self._client.chat.completions.create(
                model=MODEL, messages=messages, tools=[shop.ORDER_LOOKUP], temperature=0.2
            )
            message = completion.choices[0].message
            if not message.tool_calls:
                return message.content or ""
            messages += _tool_results(message)


def _policies_about(question: str) -> str:
    with spans.retrieval(question) as span:
        hits = knowledge.search(question)
        spans.retrieved(span, hits)
    found = "\n".join(f"[{hit.document.id}] {hit.document.text}" for hit in hits)
    return f"Policies that may help:\n{found or '(none found)'}"


def _tool_results(message: ChatCompletionMessage) -> list[ChatCompletionMessageParam]:
    """The model's tool calls as it made them, each followed by what its tool returned."""
    calls = [call for call in message.tool_calls or () if isinstance(call, ChatCompletionMessageFunctionToolCall)]
    results: list[ChatCompletionMessageParam] = [
        {"role": "tool", "tool_call_id": call.id, "content": _look_up(call)} for call in calls
    ]
    return [{"role": "assistant", "tool_calls": [_as_made(call) for call in calls]}, *results]


def _as_made(call: ChatCompletionMessageFunctionToolCall) -> ChatCompletionMessageFunctionToolCallParam:
    function = call.function
    return {"id": call.id, "type": "function", "function": {"name": function.name, "arguments": function.arguments}}


def _look_up(call: ChatCompletionMessageFunctionToolCall) -> str:
    """Run the order lookup; what goes wrong is told to the model, which must make the best of it."""
    try:
        with spans.tool(call.function.name, call.id, call.function.arguments) as span:
            order = shop.find(json.loads(call.function.arguments)["order"])
            result = json.dumps(asdict(order))
            spans.tool_returned(span, result)
            return result
    except (shop.OrderNotFoundError, KeyError, json.JSONDecodeError) as error:
        return json.dumps({"error": str(error)})


def converse(client: OpenAI, number: int) -> int:
    """Hold conversation *number* from its first to its last message; return how many turns it had."""
    conversation = customers.conversation(number)
    bot = SupportBot(client, conversation)
    for message in conversation.messages:
        bot.answer(message)
    return len(conversation.messages)


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold the conversations, several at a time, and say how far they are."""
    parser = argparse.ArgumentParser(description="Hold conversations between customers and the support bot.")
    parser.add_argument("--conversations", type=int, default=60, metavar="N", help="how many (default: 60)")
    parser.add_argument("--model-url", default="http://127.0.0.1:8099/v1", metavar="URL", help="OpenAI-compatible API")
    options = parser.parse_args(arguments)
    turns = 0
    with OpenAI(base_url=options.model_url, api_key="none-needed") as client, ThreadPoolExecutor(THREADS) as threads:
        running = [threads.submit(converse, client, number) for number in range(options.conversations)]
        for done, conversation in enumerate(as_completed(running), start=1):
            turns += conversation.result()
            print(f"support-bot: {done} of {len(running)} conversations, {turns} turns", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
