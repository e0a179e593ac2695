"""Where a user finds what runs: the addresses that `spanmill up` shows before it says that it is ready."""

import json

from spanmill_deploy.readiness import reachable_host
from spanmill_store.settings import Settings, without_password

READY_LINE = "spanmill is ready"


def places(settings: Settings) -> dict[str, str]:
    """What to look for, and where it is."""
    host = reachable_host(settings.host)
    return {
        "OTLP/gRPC": f"{settings.otlp_scheme}://{host}:{settings.otlp_grpc_port}",
        "OTLP/HTTP": f"{settings.otlp_scheme}://{host}:{settings.otlp_http_port}",
        "ClickHouse": without_password(settings.clickhouse),
        "Redis": without_password(settings.redis),
        "data": str(settings.data_dir),
        "rules": str(settings.rules or "none: nothing is scored until --rules (SPANMILL_RULES) names a file or folder"),
        "SQL": _ask_in_sql(settings),
    }


def as_text(found: dict[str, str]) -> str:
    """The places as a table of two columns."""
    width = max(map(len, found))
    return "\n".join(f"{name.ljust(width)}  {place}" for name, place in found.items())


def as_json(found: dict[str, str]) -> str:
    """The places as one JSON object on one line."""
    return json.dumps(found, ensure_ascii=False)


def _ask_in_sql(settings: Settings) -> str:
    """A command line that works in another terminal, whatever ports were chosen."""
    usual = Settings.model_fields["clickhouse_port"].default
    if settings.clickhouse_url is not None or settings.clickhouse_port == usual:
        return 'spanmill sql "SHOW TABLES"'
    return f'SPANMILL_CLICKHOUSE_PORT={settings.clickhouse_port} spanmill sql "SHOW TABLES"'
