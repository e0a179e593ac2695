"""
Which attributes and events hold what was said, in all dialects: they stay behind where content is not captured.

The store has a list of its own, of what it reads; a test holds that all of it is content here.
"""

import json
import re
from typing import Final

from spanmill.masking.hits import marker

HIDDEN: Final = marker("content")

_BY_DIALECT: Final = {
    "OpenTelemetry": (
        "gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions gen_ai.tool.definitions"
        " gen_ai.tool.call.arguments gen_ai.tool.call.result gen_ai.tool.description gen_ai.agent.description"
        " gen_ai.prompt gen_ai.completion gen_ai.retrieval.documents gen_ai.retrieval.query.text"
    ),
    "OpenLIT, Axiom": (
        "gen_ai.tool.args gen_ai.tool.input gen_ai.tool.output gen_ai.tool.arguments gen_ai.tool.message"
        " gen_ai.response.tool_calls gen_ai.tool.json_schema"
    ),
    "OpenInference": (
        "input.value output.value reranker.query tool.parameters tool.description tool.json_schema embedding.text"
        " llm.prompt_template.template llm.prompt_template.variables llm.function_call message.content crew_agents"
        " crew_tasks crew_inputs"
    ),
    "OpenLLMetry": (
        "traceloop.entity.input traceloop.entity.output traceloop.prompt.template traceloop.prompt.template_variables"
        " gen_ai.task.input gen_ai.task.output"
    ),
    "Vercel AI SDK": (
        "ai.toolCall.args ai.toolCall.result ai.value ai.values ai.embedding ai.embeddings ai.documents ai.ranking"
        " ai.response.text ai.response.object ai.response.toolCalls ai.response.reasoning ai.response.files"
        " ai.result.text ai.result.object ai.result.toolCalls ai.schema"
    ),
    "Langfuse": ("langfuse.observation.input langfuse.observation.output langfuse.trace.input langfuse.trace.output"),
    "Logfire": (
        "pydantic_ai.all_messages all_messages_events prompt events request_data response_data final_result"
        " tool_arguments tool_response model_request_parameters logfire.msg"
    ),
    "MLflow": "mlflow.spanInputs mlflow.spanOutputs mlflow.chat.tools mlflow.chunk.value tools messages instructions",
    "Laminar, Braintrust": (
        "lmnr.span.input lmnr.span.output braintrust.input_json braintrust.output_json braintrust.expected"
    ),
    "Genkit, LiveKit": (
        "genkit:input genkit:output lk.input_text lk.user_transcript lk.chat_ctx lk.response.text"
        " lk.function_tool.output lk.function_tool.arguments lk.instructions"
    ),
}
_NAMES: Final = frozenset(name for names in _BY_DIALECT.values() for name in names.split())

_STARTS: Final = (
    "gen_ai.prompt.",
    "gen_ai.completion.",
    "gen_ai.memory.",
    "llm.input_messages.",
    "llm.output_messages.",
    "llm.prompts.",
    "llm.choices.",
    "llm.tools.",
    "llm.request.functions.",
    "embedding.embeddings.",
    "retrieval.documents.",
    "reranker.input_documents.",
    "reranker.output_documents.",
    "traceloop.prompt.template_variables.",
    "ai.prompt",
    "gcp.vertex.agent.llm_re",
    "gcp.vertex.agent.tool_",
    "gcp.vertex.agent.data",
    "message.tool_calls.",
    "lk.pii.",
)
_LITELLM: Final = re.compile(
    r"llm\.(?!token_count|cost|usage)\w+\.(?:messages|choices|content|system|tools|input|output|prompt|functions|instructions)"
)
_STAY: Final = frozenset({"gen_ai.prompt.name", "gen_ai.prompt.version"})
_DOCUMENTS: Final = ("retrieval.documents.", "reranker.")
_ABOUT_DOCUMENTS: Final = (".document.id", ".document.score")

_EVENTS: Final = (
    "gen_ai.client.inference.operation.details gen_ai.system.message gen_ai.user.message gen_ai.assistant.message"
    " gen_ai.tool.message gen_ai.choice gen_ai.content.prompt gen_ai.content.completion llm.content.prompt"
    " llm.content.completion llm.content.completion.chunk gen_ai.content.completion.chunk db.query.result"
    " db.search.result db.query.embeddings"
)
_EVENT_NAMES: Final = frozenset(_EVENTS.split())

_QUOTING: Final = frozenset(
    (
        "exception.message",
        "exception.stacktrace",
        "error.message",
        "langfuse.observation.status_message",
        "gen_ai.evaluation.explanation",
    )
)


def is_content(key: str) -> bool:
    """Whether the attribute *key* holds what was said, or what was shown to a model."""
    if key in _NAMES or _LITELLM.fullmatch(key):
        return True
    if not key.startswith(_STARTS) or key in _STAY:
        return False
    return not (key.startswith(_DOCUMENTS) and key.endswith(_ABOUT_DOCUMENTS))


_PARAMETERS: Final = frozenset(
    (
        "llm.invocation_parameters",
        "embedding.invocation_parameters",
        "reranker.invocation_parameters",
        "langfuse.observation.model.parameters",
    )
)
"""Requests without their messages, as JSON: temperature and limits, but also instructions, tools, words to stop at."""


def is_parameters(key: str) -> bool:
    """Whether the attribute *key* holds parameters of a call, of which `numbers_of` may be sent."""
    return key in _PARAMETERS


def numbers_of(parameters: object) -> str:
    """Return *parameters*, a JSON object, with its numbers, truth values, and the model's name."""
    try:
        given = json.loads(str(parameters))
        kept = {name: value for name, value in given.items() if name == "model" or isinstance(value, int | float)}
    except (ValueError, AttributeError, RecursionError):
        return HIDDEN
    return json.dumps(kept)


def is_content_event(name: str) -> bool:
    """Whether the event *name* is nothing but content."""
    return name in _EVENT_NAMES or name.startswith("mlflow.chunk.")


def is_quoting(key: str) -> bool:
    """Whether the attribute *key* tells of content in words of its own, as messages of exceptions do."""
    return key in _QUOTING


def instead(error_type: object) -> str:
    """Return what stands in the place of the message of an error."""
    return f"{error_type}: {HIDDEN}" if error_type else HIDDEN
