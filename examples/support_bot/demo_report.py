"""What the demo says at its end: per rule, and against what the script knows to be bad."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import script
from demo_spanmill import Spanmill

RULE_COLUMNS = ("sampled", "scored", "failed", "flagged", "filtered", "sampled_out")
SHOWN_ROWS = 3
SHOWN_CHARS = 72


@dataclass(slots=True)
class Comparison:
    """Turns of one kind, as the script knows it, and what the rules made of them."""

    turns: int = 0
    flagged: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)


def compare(mill: Spanmill, conversations: int) -> dict[str, Comparison]:
    """Join what was flagged with what the script knows, by session and question; good turns are under ``(good)``."""
    truth = script.expected_labels(conversations)
    rules_by_trace: defaultdict[str, list[str]] = defaultdict(list)
    for flag in mill.sql("SELECT TraceId, Rule FROM flags FINAL ORDER BY Rule"):
        rules_by_trace[flag["TraceId"]].append(flag["Rule"])
    found: defaultdict[str, Comparison] = defaultdict(Comparison)
    for trace in mill.sql("SELECT TraceId, SessionId, Input FROM traces WHERE Source != 'judge'"):
        kind = found[truth[trace["SessionId"], trace["Input"]] or "(good)"]
        rules = rules_by_trace[trace["TraceId"]]
        kind.turns += 1
        kind.flagged += bool(rules)
        kind.by_rule.update(rules)
    return dict(sorted(found.items(), key=lambda item: (item[0] == "(good)", item[0])))


def counts(mill: Spanmill) -> dict[str, int]:
    """How much of everything there is."""
    [row] = mill.sql(
        "SELECT (SELECT count() FROM otel_traces WHERE Source != 'judge') AS spans,"
        " (SELECT count() FROM traces WHERE Source != 'judge') AS traces,"
        " (SELECT count() FROM scores FINAL) AS scores, (SELECT count() FROM flags FINAL) AS flags,"
        " (SELECT count() FROM dataset_rows FINAL) AS dataset_rows"
    )
    return row


def show(mill: Spanmill, conversations: int, dataset: Path, console: Console) -> None:
    """Print the whole report."""
    total = counts(mill)
    console.print(
        f"\n[bold]{total['spans']} spans[/] in {total['traces']} traces → [bold]{total['scores']} scores[/]"
        f" → [bold]{total['flags']} flags[/] → [bold]{total['dataset_rows']} rows[/] in dataset {dataset.stem}\n"
    )
    console.print(_rules_table(mill.rules_status(), _scorers(mill.rules())))
    found = compare(mill, conversations)
    console.print("\nWhat was flagged, against what the script knows to be bad (the rules never see it):\n")
    console.print(_comparison_table(found))
    console.print(f"\n{_in_words(found)}\n")
    _show_rows(dataset, console)


def _scorers(rules: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {rule["rule"]: rule["scorer"] for rule in rules}


def _rules_table(status: Sequence[Mapping[str, Any]], scorers: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("scorer", no_wrap=True)
    for column in RULE_COLUMNS:
        table.add_column(column.replace("_", " "), justify="right")
    for row in status:
        table.add_row(row["rule"], scorers[row["rule"]], *(str(row[column]) for column in RULE_COLUMNS))
    return table


def _comparison_table(found: Mapping[str, Comparison]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("the script says")
    table.add_column("turns", justify="right")
    table.add_column("flagged", justify="right")
    table.add_column("by")
    for label, kind in found.items():
        by = ", ".join(f"{rule} {count}" for rule, count in kind.by_rule.most_common())
        table.add_row(Text(label), str(kind.turns), str(kind.flagged), by)
    return table


def _in_words(found: Mapping[str, Comparison]) -> str:
    bad = [kind for label, kind in found.items() if label != "(good)"]
    good = found.get("(good)", Comparison())
    turns, caught = sum(kind.turns for kind in bad), sum(kind.flagged for kind in bad)
    return (
        f"{caught} of {turns} bad turns were flagged, and {good.flagged} of {good.turns} good ones. "
        "The judge is a stand-in,\nrules of thumb tuned on this very script, and sees half of the turns: "
        "these numbers show that\nthe mill turns, not how well a model judges."
    )


def _show_rows(dataset: Path, console: Console) -> None:
    lines = dataset.read_text(encoding="utf-8").splitlines()
    console.print(f"[bold]{dataset}[/] has {len(lines)} rows; the first {min(SHOWN_ROWS, len(lines))}:")
    for line in lines[:SHOWN_ROWS]:
        row = json.loads(line)
        console.print(Text(f"\n  input      {_short(row['input'])}"))
        console.print(Text(f"  output     {_short(row['output'])}"))
        provenance = row["provenance"]
        console.print(Text(f"  trace      {provenance['trace_id']} in session {provenance['session_id']}"))
        for flag in provenance["flags"]:
            shown = flag["label"] or f"{flag['value']:g}"
            console.print(Text(f"  flagged    {flag['rule']}: {shown}, {_short(flag['reason'])}"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"
