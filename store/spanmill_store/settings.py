"""
The settings of a spanmill installation: one row per setting, read from the environment.

Every part reads the same rows, so that one environment describes one installation. A row gives the name, the type, the
default and the sentence that ``docs/settings.md`` and ``--help`` show. A flag of a command overrides its row.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from spanmill_store.errors import SettingsError

PREFIX: Final = "SPANMILL_"
SHIM_NAMES: Final = frozenset({"SPANMILL_ENDPOINT", "SPANMILL_API_KEY", "SPANMILL_CAPTURE_CONTENT"})
"""Variables that the instrumentation shim reads in other people's processes; servers accept and ignore them."""


class Settings(BaseSettings):
    """
    Everything that may differ between two installations.

    Build it with `Settings.from_environment`; the constructor is for tests and for flags that override the environment.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(
        Path(".spanmill"), description="Folder for the write-ahead log, embedded ClickHouse and Valkey."
    )
    host: str = Field("127.0.0.1", description="Address that the OTLP endpoints bind to.")
    otlp_grpc_port: int = Field(4317, ge=0, le=65535, description="Port for OTLP over gRPC.")
    otlp_http_port: int = Field(4318, ge=0, le=65535, description="Port for OTLP over HTTP, health and metrics.")
    clickhouse_port: int = Field(8123, ge=0, le=65535, description="Port of the embedded ClickHouse, on loopback.")
    redis_port: int = Field(6399, ge=0, le=65535, description="Port of the embedded Valkey, on loopback.")
    console_port: int = Field(7070, ge=0, le=65535, description="Port of the web console.")
    clickhouse_url: str | None = Field(
        None,
        description="ClickHouse server, as http(s)://user:password@host:port/database; unset: the embedded one.",
    )
    redis_url: str | None = Field(None, description="URL of a Redis or Valkey server; unset: the embedded one.")
    rules: Path | None = Field(None, description="Scoring rules: a YAML file, or a folder of them.")
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="Scoring worker processes; default: the cores."
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read the settings from *environment* (default: the process environment).

        Raises:
            SettingsError: A ``SPANMILL_`` name is unknown (the nearest known one is suggested) or a value does not fit.
        """
        values = os.environ if environment is None else environment
        given = {name: value for name, value in values.items() if name.startswith(PREFIX) and name not in SHIM_NAMES}
        for name in given:
            _require_known(name)
        try:
            return cls.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in given.items()})
        except ValidationError as error:
            first = error.errors()[0]
            name = environment_name(str(first["loc"][0]))
            raise SettingsError(f"{name}={first['input']!r} is not usable: {first['msg'].lower()}.") from error

    @property
    def clickhouse(self) -> str:
        """URL of the ClickHouse server in use, the embedded one where none is set."""
        return self.clickhouse_url or f"http://127.0.0.1:{self.clickhouse_port}/spanmill"

    @property
    def redis(self) -> str:
        """URL of the Redis server in use, the embedded one where none is set."""
        return self.redis_url or f"redis://127.0.0.1:{self.redis_port}/0"


def environment_name(field: str) -> str:
    """Name of the environment variable that sets *field*."""
    return PREFIX + field.upper()


def known_names() -> frozenset[str]:
    """All environment variables that spanmill reads."""
    return SHIM_NAMES | {environment_name(field) for field in Settings.model_fields}


def without_password(url: str) -> str:
    """*url* as it may be shown to people: user and password removed."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _require_known(name: str) -> None:
    names = known_names()
    if name in names:
        return
    nearest = difflib.get_close_matches(name, sorted(names), n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(sorted(names))}."
    raise SettingsError(f"Unknown setting {name}: {hint}")
