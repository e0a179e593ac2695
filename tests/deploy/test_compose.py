"""The container files fit the code: commands, settings, paths, images, ports, health checks."""

import importlib
import re
import shlex
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from ruamel.yaml import YAML

from spanmill.cli import COMMANDS
from spanmill_store.embedded.engine import ZSTD_LEVELS
from spanmill_store.migrations import known
from spanmill_store.settings import known_names
from support.source_tree import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DATABASES = [name for name in SERVICES if name not in OURS]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
SAFE_CLICKHOUSE = {(26, 3): (62, 3), (26, 8): (36, 3), (26, 9): (27, 3), (26, 10): (3, 7)}
"""First version of each line in which CVE-2026-116366 is mended."""


def images() -> list[str]:
    """All images that are pulled."""
    return [SERVICES[name]["image"] for name in DATABASES] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)


def test_parts() -> None:
    """The parts of `spanmill up` are all there."""
    assert {*OURS} == {"migrate", "collector", "planner", "worker", "judge"}
    assert {*DATABASES} == {"clickhouse", "valkey"}


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str) -> None:
    """Each of our services runs a command of ours with options that it has."""
    command, *arguments = SERVICES[name]["command"]
    assert command in COMMANDS
    module, _, attribute = COMMANDS[command].target.partition(":")
    parsed = getattr(importlib.import_module(module), attribute).make_context(command, list(arguments))
    assert parsed is not None


def test_variables_are_settings() -> None:
    """Every SPANMILL_ variable, in either file, is one that spanmill reads."""
    used = set(re.findall(r"SPANMILL_[A-Z_]+", (DEPLOY / "compose.yaml").read_text() + DOCKERFILE))
    assert used
    assert used <= known_names()


@pytest.mark.parametrize("image", images())
def test_images_are_pinned(image: str) -> None:
    """Each image is named with a full version."""
    assert re.search(r":\d+\.\d+\.\d+", image)


def test_clickhouse_is_safe() -> None:
    """The ClickHouse version is one that cannot be taken over before it asks for a password."""
    major, minor, *patch = map(int, SERVICES["clickhouse"]["image"].rpartition(":")[2].split("."))
    assert tuple(patch) >= SAFE_CLICKHOUSE[major, minor]


def test_ports_are_private() -> None:
    """Databases publish no port and reach nothing outside; the collector publishes on loopback."""
    for name in DATABASES:
        assert "ports" not in SERVICES[name]
        assert SERVICES[name]["networks"] == ["backend"]
    assert COMPOSE["networks"]["backend"]["internal"] is True
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:4317:4317", "127.0.0.1:4318:4318"]


@pytest.mark.parametrize("name", [*DATABASES, "collector"])
def test_health_checks(name: str) -> None:
    """Whatever serves others says whether it does, and is started again when it ends."""
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries"} <= check.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_confined(name: str) -> None:
    """No container runs as root, writes its root, gains privileges, or stays down."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] in {"unless-stopped", "on-failure"}
    assert service.get("user") or (name in OURS and re.search(r"^USER 10001", DOCKERFILE, re.MULTILINE))


def test_volumes() -> None:
    """Named volumes are declared, and files that are mounted exist."""
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert {mount for mount in mounts if mount in COMPOSE["volumes"]} == {*COMPOSE["volumes"]}
    assert all((DEPLOY / mount).exists() for mount in mounts if mount.startswith("."))
    assert (DEPLOY / "rules").is_dir()


def test_dependencies() -> None:
    """Nothing is awaited that is not there, and only what has a health check is awaited healthy."""
    for service in SERVICES.values():
        for name, on in service.get("depends_on", {}).items():
            assert on["condition"] == "service_completed_successfully" or "healthcheck" in SERVICES[name]


def test_valkey_forgets_nothing() -> None:
    """Valkey writes what it is told to disk, evicts nothing and wants a password."""
    command = " ".join(SERVICES["valkey"]["command"])
    assert all(option in command for option in ("--appendonly yes", "noeviction", "--requirepass ${VALKEY_PASSWORD:?"))


def test_dockerfile() -> None:
    """What is copied exists and may be seen, and packages come from the lock file."""
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    copied = [shlex.split(line)[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    for source in [source for line in copied for source in line]:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored
    assert "--constraint requirements.lock" in DOCKERFILE
    assert re.search(r"uv==\d+\.\d+\.\d+$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", ["config.xml", "users.xml", "reader.xml"])
def test_clickhouse_files(name: str) -> None:
    """ClickHouse's files are well-formed, and no password stands in them."""
    root = ET.parse(DEPLOY / "clickhouse" / name).getroot()
    assert root.tag == "clickhouse"
    assert all(password.text is None for password in root.iter("password"))


def test_the_server_packs_as_the_embedded_engine_does() -> None:
    """The same sizes of parts have the same levels of compression, in the same order: the last that fits counts."""
    cases = ET.parse(DEPLOY / "clickhouse/config.xml").getroot().findall("compression/case")
    sizes = [(int(case.findtext("min_part_size", "")), int(case.findtext("level", ""))) for case in cases]
    assert sizes == list(ZSTD_LEVELS.items()) == sorted(sizes)
    assert {case.findtext("method") for case in cases} == {"zstd"}


def test_nobody_connects_without_a_password() -> None:
    """The default user, as which dictionaries ask, is there from within only, and reads what they hold and no more."""
    users = ET.parse(DEPLOY / "clickhouse/users.xml").getroot().find("users")
    assert users is not None
    assert [(user.tag, user.get("replace")) for user in users] == [("default", "1"), ("spanmill", None)]
    assert [ip.text for ip in users.findall("default/networks/ip")] == ["127.0.0.1", "::1"]
    granted = {query.text for query in users.findall("default/grants/query")}
    sql = "".join(statement for migration in known() for statement in migration.statements)
    asked = re.findall(r"SOURCE\(CLICKHOUSE\(TABLE '(\w+)'\)\)", sql)
    assert granted == {f"GRANT SELECT ON spanmill.{name}" for name in (*asked, "model_prices")}, (
        "a view needs its table"
    )
    assert [password.get("from_env") for password in users.findall("spanmill/password")] == ["CLICKHOUSE_PASSWORD"]
