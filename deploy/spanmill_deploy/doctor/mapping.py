"""Are spans understood: do calls of models have a model, tokens, an input and a session?"""

from collections.abc import Iterator
from typing import Final

from spanmill_deploy.doctor.findings import Finding, State
from spanmill_store.client import Store
from spanmill_store.mapping_gaps import Gap, gaps

CONTENT_HINT: Final = (
    "most instrumentations send content only when told to: run the application under `spanmill run`, or set "
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
)


def mapping(store: Store, within_s: int) -> Iterator[Finding]:
    """What services' calls of models lacked in the last *within_s* seconds."""
    found = gaps(store, within_s)
    if not found:
        text = f"every model call of the last {within_s // 3600} hours has a model, tokens, an input and a session"
        yield Finding("mapping", State.GOOD, text)
    for gap in found:
        yield Finding("mapping", State.NOTICE, _told(gap))


def _told(gap: Gap) -> str:
    service = f"service {gap.service or '(unnamed)'} of project {gap.project}"
    likely = ", ".join(gap.looks_like)
    if gap.field == "kind":
        return f"{service}: {gap.lacking} spans look like calls of a model ({likely}), but nothing says what they are"
    share = round(100 * gap.lacking / gap.calls)
    lacks = f"{service}: {share} % of {gap.calls} model calls have no {gap.field}"
    if likely:
        return f"{lacks}; {likely} looks like it"
    return f"{lacks}: {CONTENT_HINT}" if gap.field == "input" else f"{lacks}, and no attribute looks like it"
