# ruff: noqa: INP001 - docs/ is not a package, this is a script in it
"""
Writes ``mapping.md`` beside it from the mapping itself; with ``--check`` it only compares.

Run it with the project's interpreter after a column or a name has been added.
"""

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final

from spanmill_store.mapping.columns import COLUMNS, MAPPING_VERSION
from spanmill_store.mapping.content_sources import CONTENT
from spanmill_store.mapping.dialects import Source
from spanmill_store.mapping.sources import FIELDS, RESOURCE

PAGE: Final = Path(__file__).with_name("mapping.md")
HEAD: Final = """\
<!-- Written by generate_mapping.py from the mapping itself; change it, not this page. -->

# What spans mean

Whatever library traces your application, the same columns mean the same thing. Each is computed by ClickHouse from
the attributes when a span is stored, whoever stores it; the attributes themselves stay as they were sent. What real
libraries send, and what becomes of it, is in [tests/dialects](../tests/dialects/README.md).

- **Tokens** are counted as OpenTelemetry does: `InputTokens` includes cached ones and those written into a cache,
  `OutputTokens` includes reasoning. Dialects that count them beside each other are recognised and added up.
- **Cost** is what the span reports, else computed from `model_prices`, else NULL. A reported 0 is no report: several
  libraries write it where they know no price.
- **A trace counts usage once.** An agent or a wrapper that repeats the usage of the calls below it adds nothing, and of
  two spans at the same time for the same answer one counts. Where two instrumentations put their spans into different
  traces, nothing tells that they are one call.
- **Input and output** stay where they are, `InputKey` and `OutputKey` say in which attribute. Lists that were flattened
  (`llm.input_messages.3.message.content`) are put together again, messages in span events and log records too: ask
  the view `spans`. `InputText` is the last user message, `OutputText` the answer, whatever form they have.
- **Session, user, tags** of one span hold for its whole trace in `traces` and `sessions`.
- **`AppRootName`** is the first span of the application proper; spans of web servers and databases around it are not,
  and `IsNoise` says that a trace has nothing else.
- **`SamplingProbability`** of `spans`, `traces` and `sessions` is the probability with which the application sent it at
  all, as samplers say in `tracestate` (`ot=th:…`), 1 where none does. What was sent with probability p stands for 1/p.

`spanmill doctor --mapping` names services whose spans lack a model, tokens, an input or a session, and the attributes
that look like it. After an upgrade that understands more, `spanmill migrate --remap` maps old spans anew.

"""


def page() -> str:
    """The whole page."""
    columns = (f"| `{c.name}` | {c.type} | {c.meaning} |" for c in COLUMNS if c.storage != "EPHEMERAL")
    parts = [
        HEAD + f"## Columns (mapping version {MAPPING_VERSION})\n\n| column | type | meaning |\n|---|---|---|",
        *columns,
        "\n## Where they are looked for\n",
        "The first that is not empty counts. `a -> b.c` is a member of the JSON in `a`.\n",
        *_table(FIELDS, "field"),
        "\n## Content\n",
        *_table(CONTENT, "content"),
        "\n## In the resource\n\nWhere the span itself says nothing.\n",
        *_table(RESOURCE, "field"),
    ]
    return "\n".join(parts) + "\n"


def _table(fields: dict[str, tuple[Source, ...]], head: str) -> Iterable[str]:
    yield f"| {head} | looked for in |\n|---|---|"
    for name, sources in fields.items():
        by_dialect = groupby(sources, lambda source: source.dialect)
        told = "; ".join(f"{dialect}: {', '.join(map(_shown, group))}" for dialect, group in by_dialect)
        yield f"| {name} | {told} |"


def _shown(source: Source) -> str:
    return f"`{source.attribute} -> {source.path}`" if source.path else f"`{source.attribute}`"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code says whether it was current."""
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        return 0
    sys.stderr.write("docs/mapping.md is out of date: run `.venv/bin/python docs/generate_mapping.py`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
