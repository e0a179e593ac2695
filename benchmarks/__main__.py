"""``python -m benchmarks``: measure, print, and write BENCHMARKS.md."""

import sys
from collections.abc import Callable

import click

from benchmarks import collector, freshness, judges, scoring, shim, store
from benchmarks.figures import Figure, keep, kept, this_run

Measure = Callable[[], list[Figure]]
COLLECTOR = ("rotel", "small", "latency", "large", "away", "engine", "kills", "cost", "servers", "soak")
STORE = ("queries", "demo_bytes", "mapping", "large_trace", "conversations")
SCORING = ("planner", "sql_rule", "python_rule", "scoring_kills", "judge", "freshness")
SHIM = ("shim",)
PARTS = (*COLLECTOR, *STORE, *SCORING, *SHIM)
AREA = {
    part: area
    for area, parts in {"collector": COLLECTOR, "store": STORE, "scoring": SCORING, "shim": SHIM}.items()
    for part in parts
}


@click.command()
@click.option("--rounds", type=int, default=5, help="How often each comparison is run.")
@click.option("--soak-minutes", type=float, default=10, help="Length of the soak.")
@click.option("--kills", type=int, default=20, help="Kills of the chaos test.")
@click.option("--scoring-kills", type=int, default=30, help="Kills of the chaos test of scoring.")
@click.option("--millions", type=float, default=10, help="Spans of the runs 'cost' and 'queries', in millions.")
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Part to measure; default: all of them.")
def main(
    *, rounds: int, soak_minutes: float, kills: int, scoring_kills: int, millions: float, only: tuple[str, ...]
) -> None:
    """Measure collector and store; the last figures of parts that are not measured stay on the page."""
    run = this_run(" ".join(["python -m benchmarks", *sys.argv[1:]]))
    steps: dict[str, Measure] = {
        "rotel": lambda: collector.beside_rotel(rounds),
        "small": lambda: collector.small_requests(rounds),
        "latency": lambda: collector.half_load(rounds, _visible_per_s()),
        "large": lambda: collector.large_spans(rounds),
        "away": collector.without_clickhouse,
        "engine": lambda: collector.engine_alone(rounds),
        "kills": lambda: collector.kills(kills),
        "cost": lambda: collector.flat_cost(int(millions)),
        "servers": lambda: collector.beside_servers(rounds, _visible_per_s()),
        "soak": lambda: collector.soak(soak_minutes, _visible_per_s()),
        "queries": lambda: store.queries(millions, rounds),
        "demo_bytes": store.demo_bytes,
        "mapping": lambda: store.mapping_cost(rounds),
        "large_trace": lambda: store.large_trace(rounds),
        "conversations": store.conversations,
        "planner": lambda: scoring.planner(millions, rounds),
        "sql_rule": lambda: scoring.sql_rule(min(millions, 1), rounds),
        "python_rule": lambda: scoring.python_rule(min(millions, 1), rounds),
        "scoring_kills": lambda: scoring.kills(scoring_kills),
        "judge": judges.judge,
        "freshness": lambda: freshness.freshness(min(rounds, 3)),
        "shim": lambda: shim.shim(rounds),
    }
    for part in only or PARTS:
        figures = steps[part]()
        for figure in figures:
            print(figure.row(), flush=True)
        keep(AREA[part], part, run, figures)


def _visible_per_s() -> float:
    """What becomes visible in a second at full load, as measured last."""
    return kept("collector", "rotel")[0].median


if __name__ == "__main__":
    main()
