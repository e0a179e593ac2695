"""The command ``spanmill collector``, and ``spanmill collector replay``."""

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import click

from spanmill_collector import backend
from spanmill_collector.commands.replay import replay
from spanmill_collector.fleet import run_fleet
from spanmill_collector.leash import stop_when_input_ends
from spanmill_collector.options import MIB, Durability, Options, TlsFiles
from spanmill_collector.wiring import build_and_run
from spanmill_store.settings import Settings

_path = click.Path(path_type=Path)
_port = click.IntRange(0, 65535)


@click.group(invoke_without_command=True)
@click.option("--data-dir", type=_path, help="Folder for the write-ahead log [SPANMILL_DATA_DIR].")
@click.option("--host", help="Address to bind to; any but loopback's requires keys [SPANMILL_HOST].")
@click.option("--otlp-grpc-port", type=_port, help="Port for OTLP over gRPC [SPANMILL_OTLP_GRPC_PORT].")
@click.option(
    "--otlp-http-port", type=_port, help="Port for OTLP over HTTP, health and metrics [SPANMILL_OTLP_HTTP_PORT]."
)
@click.option("--clickhouse-url", help="Where everything is stored [SPANMILL_CLICKHOUSE_URL].")
@click.option(
    "--durability",
    type=click.Choice(["fsync", "process"]),
    help="What is acknowledged survives a power cut, or the death of any process [SPANMILL_DURABILITY].",
)
@click.option(
    "--wal-max-mib",
    type=click.IntRange(min=1),
    help="Requests are refused while more than this waits for ClickHouse [SPANMILL_WAL_MAX_MIB].",
)
@click.option("--tls-cert", type=_path, help="Certificate, PEM: speak TLS on both ports [SPANMILL_TLS_CERT].")
@click.option("--tls-key", type=_path, help="Its key, PEM [SPANMILL_TLS_KEY].")
@click.option(
    "--tls-client-ca", type=_path, help="Authority that clients' certificates must come from [SPANMILL_TLS_CLIENT_CA]."
)
@click.option("--cors-origins", help="Origins whose pages may send, with commas between [SPANMILL_CORS_ORIGINS].")
@click.option("--collectors", type=click.IntRange(min=1), help="Processes on the same ports [SPANMILL_COLLECTORS].")
@click.option("--number", type=click.IntRange(min=1), help="Be this one of the processes; each has a log of its own.")
@click.option("--leash", is_flag=True, hidden=True, help="Stop when standard input ends.")
@click.pass_context
def collector(context: click.Context, /, *, number: int | None, leash: bool, **given: Any) -> None:
    """
    Receive OTLP traces, logs and metrics, keep them safe, and ship them to ClickHouse.

    A request is acknowledged when it is durable in the write-ahead log, whether or not ClickHouse is there. On the HTTP
    port, /health/ready says whether a request would be acknowledged now, /health/live whether the process lives, and
    /metrics what happened. SIGTERM or Ctrl-C finishes what is under way, ships the log and exits with 0.
    """
    settings = Settings.from_environment().with_flags(**given)
    if context.invoked_subcommand is not None:
        context.obj = settings
        return
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if number is None and settings.collectors > 1:
        run_fleet(settings, sys.argv[1:])
        return
    for library in ("uvicorn", "urllib3", "clickhouse_connect"):
        # The collector itself announces its ports, and says once what these say at every attempt.
        logging.getLogger(library).setLevel(logging.ERROR)
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(options(settings, number or 1), is_leashed=leash))


collector.add_command(replay)


def options(settings: Settings, number: int) -> Options:
    """What collector *number* of the installation is to do."""
    return Options(
        data_dir=settings.data_dir,
        clickhouse_url=settings.clickhouse,
        host=settings.host,
        grpc_port=settings.otlp_grpc_port,
        http_port=settings.otlp_http_port,
        number=number,
        collectors=settings.collectors,
        durability=_durability(settings),
        tls=_tls(settings),
        cors_origins=settings.cors_origins_list,
        wal_max_bytes=settings.wal_max_mib * MIB,
    )


def _durability(settings: Settings) -> Durability:
    return settings.durability


def _tls(settings: Settings) -> TlsFiles | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca)


def _event_loop() -> asyncio.AbstractEventLoop:
    """Use uvloop where it exists; Windows has none."""
    try:
        import uvloop  # noqa: PLC0415 - optional, and only this command needs it
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(chosen: Options, *, is_leashed: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if is_leashed:
        stop_when_input_ends(loop, stop)
    await build_and_run(chosen, stop, backend.clickhouse(chosen.clickhouse_url))
