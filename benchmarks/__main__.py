"""``python -m benchmarks``: measure, print, and write BENCHMARKS.md."""

import sys

import click

from benchmarks import collector
from benchmarks.figures import Figure, commit, keep


@click.command()
@click.option("--rounds", type=int, default=5, help="How often each comparison is run.")
@click.option("--soak-minutes", type=float, default=10, help="Length of the soak.")
@click.option("--kills", type=int, default=20, help="Kills of the chaos test.")
@click.option("--millions", type=int, default=10, help="Spans of the flat-cost run, in millions.")
@click.option("--without", multiple=True, help="Part to leave out: rivals, soak, kills, cost.")
def main(*, rounds: int, soak_minutes: float, kills: int, millions: int, without: tuple[str, ...]) -> None:
    """Measure the collector."""
    kept = _Kept(" ".join(["make bench", *sys.argv[1:]]))
    kept.add(collector.beside_rotel(rounds))
    full_per_s = kept.figures[0].median
    kept.add(collector.small_requests(rounds))
    kept.add(collector.half_load(rounds, full_per_s))
    kept.add(collector.large_spans(rounds))
    kept.add(collector.without_clickhouse())
    kept.add(collector.engine_alone(rounds))
    if "kills" not in without:
        kept.add(collector.kills(kills))
    if "cost" not in without:
        kept.add(collector.flat_cost(millions))
    if "rivals" not in without:
        servers = collector.beside_servers(rounds)
        kept.add([*servers, *(_ratio(full_per_s, server) for server in servers)])
    if "soak" not in without:
        kept.add(collector.soak(soak_minutes, full_per_s))


class _Kept:
    """What was measured up to now: printed, and on the page, as soon as it is there."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._commit = commit()
        self.figures: list[Figure] = []

    def add(self, figures: list[Figure]) -> None:
        for figure in figures:
            print(figure.row(), flush=True)
        self.figures += figures
        keep("collector", self._command, self._commit, self.figures)


def _ratio(ours_per_s: float, server: Figure) -> Figure:
    name = f"spanmill : {server.name.removesuffix(' stored')}, stored"
    return Figure(name, [ours_per_s / value for value in server.values], "×", "≥ 100", "our median to visible")


if __name__ == "__main__":
    main()
