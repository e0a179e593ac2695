"""`score` and `feedback`, as applications call them."""

from typing import Literal

from spanmill import _shim
from spanmill._evaluations import Place, Result

Signal = Literal["copied", "regenerated", "abandoned"]
"""What people do with an answer, which says what they think of it."""

GOOD: dict[Signal, bool] = {"copied": True, "regenerated": False, "abandoned": False}


def score(
    name: str,
    value: float | bool | None = None,
    *,
    label: str | None = None,
    reason: str | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
    session_id: str | None = None,
) -> None:
    """
    Say how good something was: the current span, or what the ids name. A later score of the same name replaces it.

    Args:
        name: Of the score, the same for all that are compared.
        value: A number, by convention from 0 to 1, or true or false; None: the label says it.
        label: One of few words.
        reason: Why.
        trace_id: Of a trace, 32 hexadecimal digits, as `current_trace_id` returns it; alone it stands for the whole.
        span_id: Of a span in it, 16 hexadecimal digits.
        session_id: Of a conversation, where no trace is named.
    """
    with _shim.guard.attempt("record a score"):
        _shim.evaluations.tell(Result(name, value, label, reason, "api"), Place(trace_id, span_id, session_id))


def feedback(
    *,
    thumbs_up: bool | None = None,
    rating: float | None = None,
    comment: str | None = None,
    correction: str | None = None,
    signal: Signal | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
    session_id: str | None = None,
) -> None:
    """
    Pass on what the person who asked thinks of the answer. What is given becomes a score each, of source ``user``.

    Args:
        thumbs_up: True or false; score ``feedback.thumbs``, 1 or 0, with the *comment*.
        rating: From 0 to 1; score ``feedback.rating``, with the comment.
        comment: In their own words; score ``feedback.comment`` where there are neither thumbs nor a rating.
        correction: What the answer should have been; score ``feedback.correction``, without a value.
        signal: What they did with the answer; score ``feedback.copied`` and so on, 1 where that is a good sign.
        trace_id: Of the answer, as `current_trace_id` returned it then; None: the current span.
        span_id: Of a span in it.
        session_id: Of the conversation, where no trace is named.
    """
    said: list[Result] = []
    if thumbs_up is not None:
        said.append(Result("feedback.thumbs", bool(thumbs_up), None, comment, "user"))
    if rating is not None:
        said.append(Result("feedback.rating", rating, None, comment, "user"))
    if comment is not None and not said:
        said.append(Result("feedback.comment", None, "comment", comment, "user"))
    if correction is not None:
        said.append(Result("feedback.correction", None, "correction", correction, "user"))
    if signal is not None:
        said.append(Result(f"feedback.{signal}", GOOD.get(signal), signal, None, "user"))
    for one in said:
        with _shim.guard.attempt("record feedback"):
            _shim.evaluations.tell(one, Place(trace_id, span_id, session_id))


def current_trace_id() -> str | None:
    """Return the id of the current trace, 32 hexadecimal digits, for `feedback` later; None outside of one."""
    with _shim.guard.attempt("tell the current trace"):
        return _shim.evaluations.current_trace_id()
    return None
