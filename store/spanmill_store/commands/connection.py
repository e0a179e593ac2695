"""How commands reach ClickHouse."""

import click

from spanmill_store.client import Store
from spanmill_store.settings import Settings

clickhouse_option = click.option(
    "--clickhouse-url", metavar="URL", help="ClickHouse server [SPANMILL_CLICKHOUSE_URL]; default: the embedded one."
)


def connect(url: str | None) -> Store:
    """Connect to the server at *url*, or to the one of the settings."""
    return Store.connect(url or Settings.from_environment().clickhouse)
