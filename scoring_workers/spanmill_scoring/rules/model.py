"""
The shape of a rules file, as pydantic validates it.

Nothing here reads files, talks to a server or imports a scorer; see `spanmill_scoring.rules.files` for reading.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from spanmill_scoring.builtin.catalog import builtin_of
from spanmill_scoring.builtin.kinds import Builtin, PythonBuiltin, SqlBuiltin
from spanmill_scoring.rules.alerts import Alert
from spanmill_scoring.rules.combination import Combination
from spanmill_scoring.rules.judges import Judge
from spanmill_scoring.rules.proof import SIDES, Case, Check
from spanmill_scoring.rules.python_scorers import PythonScorer
from spanmill_scoring.rules.routes import Review, Route
from spanmill_scoring.rules.strict import Strict
from spanmill_store.completion import Patience
from spanmill_store.scoring.predicates import Scope, checked_expression, checked_select

SCORERS: Final = ("builtin", "sql", "python", "judge", "combine")
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"

Source = Literal["production", "experiment", "playground", "synthetic", "judge"]

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
BuiltinField = Annotated[
    Builtin,
    BeforeValidator(builtin_of),
    PlainSerializer(lambda builtin: {builtin.name: builtin.model_dump(mode="json")}),
]
"""A built-in scorer, by its name or as one name with options."""


class Completion(Strict):
    """When a trace or a session counts as complete, in seconds without a new span."""

    idle_s: float = Field(default=5, ge=0, description="After the root span has ended, at least.")
    idle_max_s: float = Field(default=300, ge=0, description="The same, at most, however late spans of a service come.")
    open_s: float = Field(default=300, ge=0, description="While a span is known to be open, for spans below it came.")
    max_age_s: float = Field(default=3600, ge=0, description="Without a root.")
    session_idle_s: float = Field(default=1800, ge=0, description="Of a session all of whose traces are complete.")
    session_max_s: float = Field(default=86_400, gt=0, description="Of a session that never pauses, with what it has.")
    lookback_s: float = Field(
        default=86_400, gt=0, description="How far back a new rule looks, and how long late spans count."
    )

    @property
    def patience(self) -> Patience:
        """The same for the store."""
        return Patience(**self.model_dump())


class StratumOfRule(Strict):
    """A part of a rule's targets that is sampled at a rate of its own."""

    where: str
    sample: float = Field(ge=0, le=1)


class SqlScorer(Strict):
    """A scorer that runs inside ClickHouse: expressions over a target's columns, or one SELECT over our tables."""

    # A constant is an expression too, and YAML reads 1 as a number.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    value: str | None = None
    label: str | None = None
    reason: str | None = None
    select: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.select is not None and (self.value or self.label or self.reason):
            raise ValueError("select stands alone: it returns value, label and reason itself")
        if self.select is None and self.value is None and self.label is None:
            raise ValueError("sql needs value, label or select")
        return self


class Flag(Strict):
    """Which scores are bad enough to be looked at. Any condition that holds suffices."""

    output: Name | None = None
    below: float | None = None
    above: float | None = None
    labels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _some_condition(self) -> Self:
        if self.below is None and self.above is None and not self.labels:
            raise ValueError("flag needs below, above or labels")
        return self

    def holds(self, value: float | None, label: str) -> bool:
        """Whether a score with this *value* and *label* is flagged."""
        if label and label in self.labels:
            return True
        if value is None:
            return False
        return (self.below is not None and value < self.below) or (self.above is not None and value > self.above)


class Budget(Strict):
    """What judges may cost in a day in UTC, retries included: of a rule, or of each project."""

    usd_per_day: float | None = Field(default=None, ge=0, description="US dollars, by the price list.")
    calls_per_day: int | None = Field(default=None, ge=0, description="Requests to the endpoint.")

    @model_validator(mode="after")
    def _some_cap(self) -> Self:
        if self.usd_per_day is None and self.calls_per_day is None:
            raise ValueError("budget needs usd_per_day or calls_per_day")
        return self


class Rule(Strict):
    """One rule of a rules file."""

    name: Name
    description: str = ""
    scope: Scope = "trace"
    where: str | None = None
    sample: float = Field(default=1.0, ge=0, le=1)
    strata: dict[Name, StratumOfRule] = Field(default={})
    independent: bool = False
    sources: tuple[Source, ...] = Field(default=("production",), min_length=1)
    builtin: BuiltinField | None = None
    sql: SqlScorer | None = None
    python: PythonScorer | None = None
    judge: Judge | None = None
    combine: Combination | None = None
    score: Name | None = None
    budget: Budget | None = None
    flag: Flag | None = None
    dataset: Name | None = None
    spans: bool = False
    cases: tuple[Case, ...] = ()
    check: Check = Check()
    routes: tuple[Route, ...] = ()
    alert: Alert | None = None

    @field_validator("sql", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return {"value": str(value)} if isinstance(value, str | int | float) else value

    @field_validator("python", mode="before")
    @classmethod
    def _only_its_name(cls, value: object) -> object:
        return {"scorer": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_scorer(self) -> Self:
        given = [scorer for scorer in SCORERS if getattr(self, scorer) is not None]
        if len(given) != 1:
            known = f"{', '.join(SCORERS[:-1])} and {SCORERS[-1]}"
            raise ValueError(f"a rule has exactly one of {known}, not {' and '.join(given) or 'none'}")
        if self.builtin is not None and self.scope not in self.builtin.scopes:
            raise ValueError(f"built-in scorer {self.builtin.name!r} is for scope {' or '.join(self.builtin.scopes)}")
        if self.judge is not None and "judge" in self.sources:
            raise ValueError("a judge does not judge calls of judges: leave judge out of sources")
        if self.flag is not None and self.flag.output is not None and self.python is None:
            raise ValueError("flag.output is for Python scorers, which alone have several outputs")
        if self.dataset is not None and self.flag is None:
            raise ValueError("dataset needs flag: without it nothing is sent there")
        if self.budget is not None and self.judge is None:
            raise ValueError("budget is for rules with a judge: SQL and Python cost nothing")
        if self.spans and (self.scope != "session" or self.python is None):
            raise ValueError("spans is for Python scorers of sessions: all others need no such thing")
        return self

    @model_validator(mode="after")
    def _cases_can_be_asked(self) -> Self:
        if self.cases and (self.expressions is not None or self.combine is not None):
            raise ValueError("cases are for scorers that read texts: SQL and combine see stored targets only")
        verdicts = [*self.judge.words, *SIDES] if self.judge is not None else None
        for number, case in enumerate(self.cases, 1):
            if verdicts is not None and isinstance(case.expect, str) and case.expect not in verdicts:
                raise ValueError(f"case {number} expects {case.expect!r}, which is none of {', '.join(verdicts)}")
        return self

    @model_validator(mode="after")
    def _fed_routes(self) -> Self:
        if self.alert is not None and self.alert.of == "flagged" and self.flag is None:
            raise ValueError("alert of flagged needs flag: it says what is bad")
        if self.routes and self.flag is None and self.alert is None:
            raise ValueError("routes need flag or alert: without them nothing is sent there")
        if self.review is not None and self.flag is None:
            raise ValueError("route review needs flag: it is for what is flagged")
        return self

    @property
    def score_name(self) -> str:
        """Name under which scores are stored."""
        return self.score or self.name

    @property
    def review(self) -> Review | None:
        """The route to the review queue, if there is one."""
        return next((route.review for route in self.routes if route.review is not None), None)

    @property
    def expressions(self) -> dict[str, str] | None:
        """The SQL of a scorer that runs inside ClickHouse, as it was written, by part; None for any other."""
        if isinstance(self.builtin, SqlBuiltin):
            return dict(self.builtin.expressions(self.scope))
        return self.sql.model_dump(exclude_none=True) if self.sql is not None else None

    @property
    def python_builtin(self) -> PythonBuiltin | None:
        """The built-in scorer that runs in Python, if it is one."""
        return self.builtin if isinstance(self.builtin, PythonBuiltin) else None

    @property
    def pool(self) -> Literal["fast", "judge"]:
        """Worker pool that runs this rule."""
        return "judge" if self.judge else "fast"

    @property
    def source(self) -> Literal["rule", "judge"]:
        """What ``scores.Source`` says."""
        return "judge" if self.judge else "rule"


class RulesFile(Strict):
    """A whole file. Rules are validated one by one, so here they are only counted."""

    rules: list[object] = Field(default=[])
    completion: Completion = Completion()
    budget: Budget | None = None


def sql_of(rule: Rule) -> dict[tuple[str, ...], str]:
    """
    Return the SQL texts of *rule*, checked and rewritten, by where they stand in the rule.

    Raises:
        PredicateError: One of them may not run; `checked` names no place, so callers that need it go one by one.
    """
    return {place: checked(rule, place, text) for place, text in sql_texts(rule).items()}


def sql_texts(rule: Rule) -> dict[tuple[str, ...], str]:
    """Return the SQL texts of *rule* as they were written, by where they stand in the rule."""
    texts: dict[tuple[str, ...], str] = {}
    if rule.where is not None:
        texts["where",] = rule.where
    for name, stratum in rule.strata.items():
        texts["strata", name, "where"] = stratum.where
    for part, text in (rule.expressions or {}).items():
        texts["sql", part] = text
    return texts


def checked(rule: Rule, place: tuple[str, ...], text: str) -> str:
    """Return *text*, which stands at *place* of *rule*, as SQL that may run."""
    return checked_select(text, rule.scope) if place[-1] == "select" else checked_expression(text, rule.scope)
