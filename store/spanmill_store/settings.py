"""
The settings of a spanmill installation: one row per setting, read from the environment.

Every part reads the same rows, so that one environment describes one installation. A row gives the name, the type, the
default and the sentence that ``docs/settings.md`` and ``--help`` show. A flag of a command overrides its row.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from spanmill_store.errors import SettingsError

PREFIX: Final = "SPANMILL_"
SHIM_NAMES: Final = frozenset(
    {
        "SPANMILL_ENDPOINT",
        "SPANMILL_API_KEY",
        "SPANMILL_CAPTURE_CONTENT",
        "SPANMILL_MASK",
        "SPANMILL_SAMPLE",
        "SPANMILL_SAMPLE_KEEP",
        "SPANMILL_SAMPLE_HOLD_S",
        "SPANMILL_RELEASED_AT",
        "SPANMILL_SPOOL_DIR",
        "SPANMILL_SPOOL_MAX_BYTES",
    }
)
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
    planner_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which the planner tells Prometheus and KEDA how long the queues are; 0: none.",
    )
    console_port: int = Field(7070, ge=0, le=65535, description="Port of the web console.")
    collectors: int = Field(1, ge=1, description="Collector processes on the OTLP ports, for machines with many cores.")
    durability: Literal["fsync", "process"] = Field(
        "fsync",
        description="What an acknowledged request survives: `fsync` a power cut, `process` the death of processes.",
    )
    wal_max_mib: int = Field(
        4096, ge=1, description="Requests are refused while more than this waits for ClickHouse, in MiB."
    )
    tls_cert: Path | None = Field(None, description="Certificate of the OTLP endpoints, PEM; unset: no TLS.")
    tls_key: Path | None = Field(None, description="Key of that certificate, PEM.")
    tls_client_ca: Path | None = Field(
        None, description="Authority, PEM, that clients' certificates must come from; unset: clients need none."
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may send OTLP over HTTP, with commas between; unset: none."
    )
    clickhouse_url: str | None = Field(
        None,
        description="ClickHouse server, as http(s)://user:password@host:port/database; unset: the embedded one.",
    )
    clickhouse_cluster: str = Field(
        "",
        description="Cluster of that server that `spanmill migrate` makes the tables on; empty: one node.",
    )
    redis_url: str | None = Field(None, description="URL of a Redis or Valkey server; unset: the embedded one.")
    queue_key: SecretStr = Field(
        SecretStr(""),
        description="Secret that planners sign jobs in Redis with, and workers ask for; empty: jobs are not signed."
        " `spanmill up` makes one.",
    )
    rules: Path | None = Field(None, description="Scoring rules: a YAML file, or a folder of them.")
    webhooks_allow_private: bool = Field(
        False, description="Webhooks of rules may go to private and loopback addresses, there also over plain http."
    )
    prices: Path | None = Field(
        None, description="Prices of models that count before the list in spanmill: a YAML, TOML or JSON file."
    )
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
        return cls._validated({name.removeprefix(PREFIX).lower(): value for name, value in given.items()})

    def with_flags(self, **flags: Any) -> Self:
        """
        These settings with those *flags* that were given, that is are not None, in the place of the environment's.

        Raises:
            SettingsError: A value does not fit.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        return self._validated({**self.model_dump(exclude_unset=True), **given}) if given else self

    @classmethod
    def _validated(cls, values: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            if not first["loc"]:
                raise SettingsError(first["msg"].removeprefix("Value error, ")) from error
            name = environment_name(str(first["loc"][0]))
            raise SettingsError(f"{name}={first['input']!r} is not usable: {first['msg'].lower()}.") from error

    @model_validator(mode="after")
    def _require_whole_tls(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            given, lacks = ("CERT", "KEY") if self.tls_cert else ("KEY", "CERT")
            message = f"SPANMILL_TLS_{given} is set without SPANMILL_TLS_{lacks}: set both, or neither."
            raise ValueError(message)
        if self.tls_client_ca is not None and self.tls_cert is None:
            message = "SPANMILL_TLS_CLIENT_CA is set without SPANMILL_TLS_CERT: set SPANMILL_TLS_CERT and _KEY too."
            raise ValueError(message)
        return self

    @property
    def cors_origins_list(self) -> tuple[str, ...]:
        """The origins whose pages may send."""
        return tuple(origin for part in self.cors_origins.split(",") if (origin := part.strip()))

    @property
    def otlp_scheme(self) -> Literal["http", "https"]:
        """How the addresses of the OTLP endpoints begin."""
        return "http" if self.tls_cert is None else "https"

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
