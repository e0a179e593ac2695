"""The command ``spanmill clickhouse``."""

import logging
from pathlib import Path

import click

from spanmill_store.embedded.process import settle
from spanmill_store.settings import Settings


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port on 127.0.0.1.  [default: SPANMILL_CLICKHOUSE_PORT, 8123]"
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder of the database.  [default: clickhouse in SPANMILL_DATA_DIR]",
)
@click.option("--user", default="default", show_default=True, help="The user that may connect.")
@click.option("--password", help="The user's password; visible in the process list, so prefer --password-file.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that holds the user's password.",
)
def clickhouse(
    port: int | None, data_dir: Path | None, user: str, password: str | None, password_file: Path | None
) -> None:
    """
    Serve the embedded ClickHouse over HTTP, on this machine only.

    Anything that speaks ClickHouse's HTTP interface can connect. One data directory has one server.
    """
    if password is not None and password_file is not None:
        message = "give --password or --password-file, not both"
        raise click.UsageError(message)
    if password_file is not None:
        password = password_file.read_text().rstrip("\r\n")
    settings = Settings.from_environment()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settle()
    # Imported late: the engine takes a second to load, which `--help` and wrong usage need not wait for.
    from spanmill_store.embedded.request import Credentials  # noqa: PLC0415
    from spanmill_store.embedded.server import serve  # noqa: PLC0415

    folder = data_dir if data_dir is not None else settings.data_dir / "clickhouse"
    serve(folder, settings.clickhouse_port if port is None else port, Credentials(user, password or ""))
