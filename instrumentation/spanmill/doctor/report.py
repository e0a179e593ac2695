"""All findings about the applications of an environment, and whether their spans would arrive."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from spanmill._pipeline import is_disabled
from spanmill.doctor.content import Content, content
from spanmill.doctor.destination import Destination, destination
from spanmill.doctor.inventory import Finding, inventory
from spanmill.doctor.sampling import sampling
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
        sampling: Which traces are sent.
        is_disabled: Whether ``OTEL_SDK_DISABLED`` switches everything off.
        variables: What is set in the environment, without secrets.
        notes: What else should be known.
        problem: Why no spans would arrive, one sentence; None: they would.
    """

    python: str
    libraries: list[Finding]
    destination: Destination
    content: Content
    sampling: str
    is_disabled: bool
    variables: dict[str, str]
    notes: list[str]
    problem: str | None


def examine(python: str, environment: Mapping[str, str], endpoint: str | None) -> Report:
    """Examine *environment*, in the interpreter that this runs in."""
    where = destination(environment, endpoint)
    return Report(
        python,
        inventory(environment),
        where,
        content(environment),
        sampling(environment),
        is_disabled(environment),
        variables(environment),
        list(_notes(environment)),
        _problem(environment, where),
    )


def _problem(environment: Mapping[str, str], where: Destination) -> str | None:
    if is_disabled(environment):
        return "Nothing is recorded: OTEL_SDK_DISABLED is 'true'; unset it."
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip().lower()
    if sampler.endswith("always_off"):
        return f"Nothing is recorded: OTEL_TRACES_SAMPLER is {sampler!r}; unset it."
    return None if where.problem is None else f"No spans would arrive: {where.problem}. {where.remedy}"


def _notes(environment: Mapping[str, str]) -> Iterator[str]:
    distributions = sorted({one.name for one in entry_points(group="opentelemetry_distro")})
    unset = [name for name in ("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR") if not environment.get(name)]
    if len(distributions) > 1 and unset:
        wanted = " and ".join(f"{name}=spanmill" for name in unset)
        yield f"opentelemetry-instrument finds {', '.join(distributions)} and takes any of them: set {wanted}."
