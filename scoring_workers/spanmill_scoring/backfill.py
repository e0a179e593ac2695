"""Backfilling a rule: what that comes to and costs, and entering the past into its ledger, window by window."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from spanmill_scoring import dependents, sql_runs
from spanmill_scoring.judge.prompt import prompt_for
from spanmill_scoring.rules.judges import Judge
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.scoring import Bench, score, seen_by
from spanmill_store.client import Store
from spanmill_store.prices.book import PriceBook
from spanmill_store.prices.lookup import NoPrice
from spanmill_store.prices.of_models import ModelPrices
from spanmill_store.prices.price import Tokens
from spanmill_store.scoring import backfill as stored
from spanmill_store.scoring import foreseeing
from spanmill_store.scoring.backfill import Window
from spanmill_store.scoring.foreseeing import Foreseen
from spanmill_store.scoring.runs import SHARE

EXAMPLES: Final = 50
"""Of so many targets the prompts are built, to know how long they are."""

CHARS_PER_TOKEN: Final = 4
"""Of English text, with the tokenizers of large models: a rule of thumb."""

ANSWER_TOKENS: Final = 100
"""What a judge answers: a rationale of two or three sentences."""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What a judge would take, about.

    Attributes:
        usd: US dollars, or None where no price is known.
        unknown: Why there is no price, or ''.
    """

    calls: int
    input_tokens: int
    output_tokens: int
    usd: float | None
    unknown: str


class Progress(NamedTuple):
    """How far a backfill has come: traces looked at, targets entered, and the states that targets came to here."""

    traces: int
    entered: int
    states: Counter[str]


def foresee(store: Store, loaded: LoadedRule, asked: Window, examples: int) -> tuple[Foreseen, Counter[str]]:
    """
    Return what backfilling *asked* would come to, and of how many targets the rules that it asks know nothing, by name.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the rule's conditions of many targets.
    """
    if loaded.is_dependent:
        return foreseeing.foresee_held(store, loaded.planned, loaded.needs, asked, examples)
    return foreseeing.foresee(store, loaded.planned, asked, examples), Counter()


def unasked(store: Store, loaded: LoadedRule) -> Counter[str]:
    """Return of how many targets that wait for what the rules say that *loaded* asks these know nothing, by name."""
    return foreseeing.unasked(store, loaded.planned, loaded.needs)


def cost_of(store: Store, loaded: LoadedRule, judge: Judge, foreseen: Foreseen, book: PriceBook, day: date) -> Cost:
    """Return what *judge* would take for what is *foreseen*, by the length of its prompts for a few targets."""
    calls = foreseen.targets["waiting"]
    prompts = [prompt_for(judge, seen) for seen in seen_by(store, loaded, foreseen.examples).values()]
    chars = sum(len(prompt.system) + len(prompt.user) for prompt in prompts) / max(1, len(prompts))
    tokens = Tokens(input=round(chars / CHARS_PER_TOKEN), output=ANSWER_TOKENS)
    try:
        usd: float | None = ModelPrices(store, book).cost(judge.provider, judge.model, day, tokens) * calls
        unknown = ""
    except NoPrice as error:
        usd, unknown = None, str(error)
    return Cost(calls, tokens.input * calls, tokens.output * calls, usd, unknown)


def run(bench: Bench, loaded: LoadedRule, asked: Window, clock_ns: Callable[[], int]) -> Iterator[Progress]:
    """
    Enter the targets of *asked* into the rule's ledger, and give how far that is after each window.

    What is computed inside ClickHouse is scored right here, all else by workers. What the rules that are asked have not
    decided about yet is held until they have. Ended half way, it goes on from there when it is called again.
    """
    traces = entered = scored = 0
    states = Counter[str]()
    begin_ns = stored.reached_ns(bench.store, loaded.planned, asked.from_ns)
    for window in stored.windows(bench.store, begin_ns, asked.until_ns):
        entered += _enter(bench.store, loaded, window, clock_ns())
        traces += window.traces
        if sql_runs.is_possible(loaded) and entered - scored >= SHARE:
            states += score(bench, loaded, [])
            scored = entered
        stored.keep(bench.store, loaded.planned, asked, window.until_ns)
        yield Progress(traces, entered, states)
    if loaded.is_dependent:
        _decide(bench.store, loaded, clock_ns())
    if sql_runs.is_possible(loaded):
        states += score(bench, loaded, [])
    stored.keep(bench.store, loaded.planned, asked, asked.until_ns)
    yield Progress(traces, entered, states)


def _enter(store: Store, loaded: LoadedRule, window: Window, now_ns: int) -> int:
    if not loaded.is_dependent:
        return stored.enter(store, loaded.planned, window, now_ns)
    entered = dependents.hold(store, loaded, stored.parts_of(store, loaded.rule.scope, window), now_ns=now_ns)
    _decide(store, loaded, now_ns)
    return entered


def _decide(store: Store, loaded: LoadedRule, now_ns: int) -> None:
    """Decide about everything that need not wait; of a rule that cannot run the planner knows not to wait for it."""
    while dependents.decide(store, loaded, loaded.needs, now_ns):
        pass
