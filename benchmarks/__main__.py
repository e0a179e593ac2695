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
    measured_commit = commit()
    figures = _told(collector.beside_rotel(rounds))
    full_per_s = figures[0].median
    figures += _told(collector.small_requests(rounds))
    figures += _told(collector.half_load(rounds, full_per_s))
    figures += _told(collector.large_spans(rounds))
    figures += _told(collector.without_clickhouse())
    figures += _told(collector.engine_alone(rounds))
    if "kills" not in without:
        figures += _told(collector.kills(kills))
    if "cost" not in without:
        figures += _told(collector.flat_cost(millions))
    if "rivals" not in without:
        servers = _told(collector.beside_servers(rounds))
        figures += servers
        figures += _told([_ratio(full_per_s, server) for server in servers])
    if "soak" not in without:
        figures += _told(collector.soak(soak_minutes, full_per_s))
    keep("collector", " ".join(["make bench", *sys.argv[1:]]), measured_commit, figures)


def _ratio(ours_per_s: float, server: Figure) -> Figure:
    name = f"spanmill : {server.name.removesuffix(' stored')}, stored"
    return Figure(name, [ours_per_s / value for value in server.values], "×", "≥ 100", "our median to visible")


def _told(figures: list[Figure]) -> list[Figure]:
    for figure in figures:
        print(figure.row(), flush=True)
    return figures


if __name__ == "__main__":
    main()
