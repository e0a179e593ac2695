"""
Validation: what must be known of a request before it may be acknowledged.

protobuf's C parser reads the whole request once, because ClickHouse will have to read it later and an acknowledged
request must not fail there. The parsed message is then thrown away: the request's own bytes are stored. Only a request
that holds bad spans beside good ones is written anew, without the bad ones.
"""

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_collector.errors import Reason, Refusal

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
_NO_TRACE: Final = bytes(TRACE_ID_BYTES)
_NO_SPAN: Final = bytes(SPAN_ID_BYTES)
_BAD_IDS: Final = "a trace id must be 16 bytes and a span id 8 bytes, neither all zero"


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A request that may be stored.

    Attributes:
        request: The bytes to store.
        spans: Spans in them; 0 means that there is nothing to store.
        rejected_spans: Spans that were left out.
    """

    request: bytes
    spans: int
    rejected_spans: int = 0

    @property
    def response(self) -> bytes:
        """The serialised ``ExportTraceServiceResponse``: empty unless spans were left out."""
        if not self.rejected_spans:
            return b""
        partial = ExportTracePartialSuccess(
            rejected_spans=self.rejected_spans,
            error_message=f"{self.rejected_spans} of {self.spans + self.rejected_spans} spans left out: {_BAD_IDS}.",
        )
        return ExportTraceServiceResponse(partial_success=partial).SerializeToString()


def check(request: bytes) -> Checked:
    """
    Check the serialised ``ExportTraceServiceRequest`` in *request*.

    Raises:
        Refusal: It is not one, or none of its spans is usable.
    """
    try:
        parsed = ExportTraceServiceRequest.FromString(request)
    except DecodeError as error:
        raise Refusal(
            Reason.UNDECODABLE, "The body is not a serialised ExportTraceServiceRequest (OTLP traces, protobuf)."
        ) from error
    spans, rejected = _count(parsed)
    if not rejected:
        return Checked(request, spans)
    if rejected == spans:
        raise Refusal(Reason.UNDECODABLE, _nothing_usable(parsed, spans))
    _drop_bad_spans(parsed)
    return Checked(parsed.SerializeToString(), spans - rejected, rejected)


def _count(parsed: ExportTraceServiceRequest) -> tuple[int, int]:
    spans = rejected = 0
    for resource_spans in parsed.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            spans += len(scope_spans.spans)
            for span in scope_spans.spans:
                if not _has_good_ids(span):
                    rejected += 1
    return spans, rejected


def _has_good_ids(span: Span) -> bool:
    trace_id, span_id = span.trace_id, span.span_id
    return (
        len(trace_id) == TRACE_ID_BYTES
        and len(span_id) == SPAN_ID_BYTES
        and trace_id != _NO_TRACE
        and span_id != _NO_SPAN
    )


def _drop_bad_spans(parsed: ExportTraceServiceRequest) -> None:
    for resource_spans in parsed.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            good = [span for span in scope_spans.spans if _has_good_ids(span)]
            del scope_spans.spans[:]
            scope_spans.spans.extend(good)


def _nothing_usable(parsed: ExportTraceServiceRequest, spans: int) -> str:
    message = f"None of the {spans} spans has usable ids: {_BAD_IDS}."
    if _looks_like_another_signal(parsed):
        message += (
            " Logs or metrics that are sent to the traces endpoint look like this: check the exporter's endpoint."
        )
    return message


def _looks_like_another_signal(parsed: ExportTraceServiceRequest) -> bool:
    """Logs and metrics have other fields where spans have ids and start times, so that they decode without them."""
    return not any(
        span.span_id or span.start_time_unix_nano
        for resource_spans in parsed.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    )
