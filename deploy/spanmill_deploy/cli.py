"""The command `spanmill up`."""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

from spanmill_deploy import places, ports, preflight, wiring
from spanmill_deploy.guard import Guard
from spanmill_deploy.logs import LogWriter, PartHandler
from spanmill_deploy.part import Part
from spanmill_deploy.supervisor import Supervisor
from spanmill_store.settings import Settings, environment_name

PORTS: Final = ("otlp_grpc_port", "otlp_http_port", "clickhouse_port", "redis_port")
OPTIONS: Final = (
    "data_dir",
    "host",
    *PORTS,
    "clickhouse_url",
    "redis_url",
    "rules",
    "prices",
    "workers",
    "collectors",
    "durability",
)
OWN_LABEL: Final = "up"

Command = TypeVar("Command", bound=Callable[..., Any])


def _setting_options(command: Command) -> Command:
    """Give *command* an option for each of `OPTIONS`; values stay text, the settings judge them."""
    for name in reversed(OPTIONS):
        variable = environment_name(name)
        text = f"{Settings.model_fields[name].description} [{variable}]"
        command = click.option("--" + name.replace("_", "-"), name, metavar=name.rpartition("_")[2].upper(), help=text)(
            command
        )
    return command


@click.command()
@_setting_options
@click.option("--json", "as_json", is_flag=True, help="Log lines and addresses as JSON objects, one a line.")
def up(*, as_json: bool, **given: str | None) -> None:
    """
    Run everything on this machine until Ctrl-C.

    Starts ClickHouse and Valkey (unless servers of yours are set), brings the schema up to date, and runs collector,
    planner and workers. A part that dies is started again. Logs go to stderr; the line "spanmill is ready" goes to
    stdout when every part answers. Ctrl-C or SIGTERM stops in order, a second one at once.
    """
    chosen = {environment_name(name): value for name, value in given.items() if value is not None}
    settings = settled(Settings.from_environment({**os.environ, **chosen}))
    preflight.require_writable(settings.data_dir)
    with preflight.locked(settings.data_dir) as lock:
        ports.require_free(wiring.ports(settings))
        preflight.require_servers(settings)
        preflight.require_rules(settings.rules)
        preflight.require_prices(settings.prices)
        environment = {**os.environ, **chosen, **_told(settings)}
        stages = wiring.stages(settings)
        was_orderly = _run(settings, stages, environment, lock, as_json=as_json)
    if not was_orderly:
        raise click.exceptions.Exit(1)


def settled(settings: Settings) -> Settings:
    """*settings* with what every part must see alike: an absolute data directory, and a number for each port 0."""
    values: dict[str, Any] = {"data_dir": settings.data_dir.expanduser().absolute()}
    for name in PORTS:
        if getattr(settings, name) == 0:
            is_public = name.startswith("otlp")
            values[name] = ports.free_port(settings.host if is_public else wiring.LOOPBACK)
    return settings.model_copy(update=values)


def _run(
    settings: Settings, stages: list[list[Part]], environment: Mapping[str, str], lock: int, *, as_json: bool
) -> bool:
    """Run the parts until asked to stop; False when a second request cut the stop short."""
    names = [OWN_LABEL, *(part.name for stage in stages for part in stage)]
    is_colored = sys.stderr.isatty() and "NO_COLOR" not in os.environ and not as_json
    writer = LogWriter(sys.stderr, names, as_json=as_json, is_colored=is_colored)
    _log_to(writer)

    def announce() -> None:
        found = places.places(settings)
        click.echo(places.as_json(found) if as_json else places.as_text(found))
        click.echo(places.READY_LINE)

    with Guard((lock,)) as guard:
        supervisor = Supervisor(stages, environment, writer, guard, announce)
        asyncio.run(_until_signalled(supervisor))
        return not supervisor.is_hurried


async def _until_signalled(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, supervisor.request_stop)
    if (
        signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    ):  # under nohup the end of the terminal is no reason to stop
        loop.add_signal_handler(signal.SIGHUP, supervisor.request_stop)
    await supervisor.run()


def _told(settings: Settings) -> dict[str, str]:
    """Variables that tell the parts what was settled here."""
    told = {environment_name(name): str(getattr(settings, name)) for name in ("data_dir", *PORTS)}
    queue_key = settings.queue_key.get_secret_value() or secrets.token_hex(32)
    return told | {environment_name("queue_key"): queue_key, "PYTHONUNBUFFERED": "1"}


def _log_to(writer: LogWriter) -> None:
    logger = logging.getLogger(__package__)
    logger.handlers = [PartHandler(writer, OWN_LABEL)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
