"""All findings about the applications of an environment, and whether their spans would arrive."""

from collections.abc import Mapping
from dataclasses import dataclass

from spanmill._pipeline import is_disabled
from spanmill.doctor.content import Content, content
from spanmill.doctor.destination import Destination, destination
from spanmill.doctor.inventory import Finding, inventory
from spanmill.doctor.variables import variables


@dataclass(frozen=True, slots=True)
class Report:
    """
    What was found.

    Attributes:
        python: The interpreter that was examined.
        libraries: What is installed, and who records it.
        destination: Where spans go.
        content: Whether prompts and answers are recorded.
        is_disabled: Whether ``OTEL_SDK_DISABLED`` switches everything off.
        variables: What is set in the environment, without secrets.
        problem: Why no spans would arrive, one sentence; None: they would.
    """

    python: str
    libraries: list[Finding]
    destination: Destination
    content: Content
    is_disabled: bool
    variables: dict[str, str]
    problem: str | None


def examine(python: str, environment: Mapping[str, str], endpoint: str | None) -> Report:
    """Examine *environment*, in the interpreter that this runs in."""
    where = destination(environment, endpoint)
    return Report(
        python,
        inventory(environment),
        where,
        content(environment),
        is_disabled(environment),
        variables(environment),
        _problem(environment, where),
    )


def _problem(environment: Mapping[str, str], where: Destination) -> str | None:
    if is_disabled(environment):
        return "Nothing is recorded: OTEL_SDK_DISABLED is 'true'; unset it."
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip().lower()
    if sampler.endswith("always_off"):
        return f"Nothing is recorded: OTEL_TRACES_SAMPLER is {sampler!r}; unset it."
    return None if where.problem is None else f"No spans would arrive: {where.problem}. {where.remedy}"
