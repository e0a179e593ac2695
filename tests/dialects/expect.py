"""
Writes ``expected/`` anew: what the store makes of each recording.

Run as ``PYTHONPATH=tests python -m dialects.expect``.

What it writes is a claim, not a proof: read the diff before it is committed.
"""

import tempfile
from pathlib import Path

from dialects.mapped import EXPECTED, FILES, as_text, expected_path, mapped, send
from spanmill_store.client import Store
from support.databases import Databases
from support.servers import clickhouse_server


def main() -> None:
    """Write all expectations."""
    EXPECTED.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        clickhouse_server(Path(folder)) as server,
        Databases(server) as databases,
    ):
        for path in FILES:
            url = databases.migrated_url()
            send(url, path)
            with Store.connect(url) as store:
                expected_path(path).write_text(as_text(mapped(store)), "utf-8")
            databases.give_back(url)


if __name__ == "__main__":
    main()
