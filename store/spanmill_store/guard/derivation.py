"""
How ``functions.txt`` was made: from the functions that the engine has, by category, less those that do harm.

Run it against a running ClickHouse after the engine's version changes, and read the difference it makes::

    python -m spanmill_store.guard.derivation http://127.0.0.1:8123 > store/spanmill_store/guard/functions.txt
"""

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from spanmill_store.client import Store

_KEPT_CATEGORIES: Final = frozenset(
    {
        "Aggregate Functions", "Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional", "Dates and Times",
        "Distance", "Encoding", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical", "Null", "Rounding",
        "String", "String Replacement", "String Search", "String Splitting", "Time Window", "Tuple", "Type Conversion",
        "URL", "UUID",
    }
)  # fmt: skip
"""Not kept as a whole: AI, dictionaries, encryption, geography, internal, introspection, learning, random, other."""

_OTHERS: Final = """
    bar byteSize countDigits finalizeAggregation formatReadableDecimalSize formatReadableQuantity formatReadableSize
    formatReadableTimeDelta identity ignore isConstant isDecimalOverflow materialize minSampleSizeContinuous
    minSampleSizeConversion parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta rand
    rand64 randCanonical toTypeName transform visibleWidth
"""
_ALSO_KEPT: Final = frozenset(_OTHERS.split())
"""Harmless ones of the other categories."""

_LEFT_OUT: Final = re.compile(
    r"""
    # the second argument may be the name of any table
    (global)?(not)?(null)?in(ignoreset)?
    # throws on purpose
    | aggthrow
    # tells about the server
    | servertimezone | chdb | generatesnowflakeid
    # the name of a function, a type or a format in a string, where no list can hold it
    | arrayreduce(inranges)? | accuratecast\w* | cast | reinterpret | formatrow\w* | groupformat | kql\w*
    # makes much out of little
    | mappopulateseries | timeslots | timeseries\w* | group(numericindexedvector|arrayinsertat)
    # of no use in a question
    | casewith\w* | naivebayes\w* | flamegraph | estimatecompressionratio | nothing\w* | randomhadamardtransform
    | array\w*shuffle | arrayrandomsample
    | st_\w* | svg | wk[bt] | readwk[bt]
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SLOW: Final = re.compile(
    r"""
    \w*levenshtein\w* | editdistance\w* | mismatches | jaro\w* | stringjaccard\w* | sparsegrams\w* | multifuzzy\w*
    | arraysimilarity | arrayshingles | arrayautocorrelation | kolmogorovsmirnovtest | exponentialtimedecayed\w*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Take much longer than their input is long, in one step that no time limit interrupts: for rules only."""

_NOT_IN_CATALOGUE: Final = (
    "DATE_ADD*", "DATE_SUB*", "DATEADD*", "DATESUB*", "TIMESTAMP_ADD*", "TIMESTAMP_SUB*", "TIMESTAMPADD*",
    "TIMESTAMPSUB*", "DATEDIFF*", "TIMESTAMPDIFF*", "grouping*", "untuple",
)  # fmt: skip
"""What ClickHouse's parser and analyzer know although ``system.functions`` does not list it."""

_CATALOGUE: Final = """
SELECT name, is_aggregate, case_insensitive, alias_to, categories FROM system.functions WHERE origin = 'System'
"""


def derived(catalogue: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of ``functions.txt`` for rows of ``system.functions``."""
    rows = list(catalogue)
    kept = {row["name"].lower() for row in rows if not row["alias_to"] and _is_kept(row)}
    lines = (_line(row) for row in rows if (row["alias_to"] or row["name"]).lower() in kept and not _is_left_out(row))
    return sorted({*lines, *_NOT_IN_CATALOGUE}, key=_order)


def catalogue(store: Store) -> list[dict[str, Any]]:
    """Return what the engine behind *store* says of its functions."""
    return store.select(_CATALOGUE)


def _is_kept(row: Mapping[str, Any]) -> bool:
    return not _is_left_out(row) and (row["categories"] in _KEPT_CATEGORIES or row["name"] in _ALSO_KEPT)


def _is_left_out(row: Mapping[str, Any]) -> bool:
    return _LEFT_OUT.fullmatch(row["name"]) is not None


def _order(line: str) -> tuple[str, str]:
    return line.rstrip("*+~").lower(), line


def _line(row: Mapping[str, Any]) -> str:
    is_slow = any(name and _SLOW.fullmatch(name) for name in (row["name"], row["alias_to"]))
    marks = (("*", row["case_insensitive"]), ("+", row["is_aggregate"]), ("~", is_slow))
    return f"{row['name']}" + "".join(mark for mark, is_marked in marks if is_marked)


def main() -> None:
    """Print the list for the server that the argument names."""
    with Store.connect(sys.argv[1]) as store:
        lines = derived(catalogue(store))
    print("# Made by spanmill_store.guard.derivation; * any letter case, + aggregate function, ~ slow: rules only.")  # noqa: T201
    print(*lines, sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
