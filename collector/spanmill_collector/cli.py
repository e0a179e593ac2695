"""The command ``spanmill collector``."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import click

from spanmill_collector.options import MIB, Durability, Options
from spanmill_collector.wiring import build_and_run
from spanmill_store.otlp.ingest import TraceIngest
from spanmill_store.settings import Settings


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for the write-ahead log [SPANMILL_DATA_DIR].")
@click.option("--host", help="Address to bind to [SPANMILL_HOST].")
@click.option(
    "--otlp-grpc-port",
    "grpc_port",
    type=click.IntRange(0, 65535),
    help="Port for OTLP over gRPC [SPANMILL_OTLP_GRPC_PORT].",
)
@click.option(
    "--otlp-http-port",
    "http_port",
    type=click.IntRange(0, 65535),
    help="Port for OTLP over HTTP, health and metrics [SPANMILL_OTLP_HTTP_PORT].",
)
@click.option("--clickhouse-url", help="Where spans are stored [SPANMILL_CLICKHOUSE_URL].")
@click.option(
    "--durability",
    type=click.Choice(["fsync", "process"]),
    default="fsync",
    show_default=True,
    help="What an acknowledged span survives: a power cut, or the death of any process.",
)
@click.option(
    "--wal-max-mib",
    type=click.IntRange(min=1),
    default=4096,
    show_default=True,
    help="Requests are refused while more than this waits for ClickHouse.",
)
@click.option(
    "--allow-unauthenticated",
    is_flag=True,
    help="Bind elsewhere than to loopback although there are no keys yet: for closed networks, as in a container.",
)
def collector(
    data_dir: Path | None,
    host: str | None,
    grpc_port: int | None,
    http_port: int | None,
    clickhouse_url: str | None,
    durability: Durability,
    wal_max_mib: int,
    *,
    allow_unauthenticated: bool,
) -> None:
    """
    Receive OTLP traces, keep them safe, and ship them to ClickHouse.

    A request is acknowledged when it is durable in the write-ahead log, whether or not ClickHouse is there. On the HTTP
    port, /health/ready says whether a request would be acknowledged now, /health/live whether the process lives, and
    /metrics what happened. SIGTERM or Ctrl-C finishes what is under way, ships the log and exits with 0.
    """
    settings = Settings.from_environment()
    options = Options(
        data_dir=data_dir or settings.data_dir,
        clickhouse_url=clickhouse_url or settings.clickhouse,
        host=host or settings.host,
        grpc_port=settings.otlp_grpc_port if grpc_port is None else grpc_port,
        http_port=settings.otlp_http_port if http_port is None else http_port,
        durability=durability,
        wal_max_bytes=wal_max_mib * MIB,
        allow_unauthenticated=allow_unauthenticated,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for library in ("uvicorn", "urllib3", "clickhouse_connect"):
        # The collector itself announces its ports, and says once what these say at every attempt.
        logging.getLogger(library).setLevel(logging.ERROR)
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(options))


def _event_loop() -> asyncio.AbstractEventLoop:
    """Use uvloop where it exists; Windows has none."""
    try:
        import uvloop  # noqa: PLC0415 - optional, and only this command needs it
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await build_and_run(options, stop, lambda: TraceIngest(options.clickhouse_url))
