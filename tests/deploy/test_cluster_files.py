"""The example of a cluster fits itself and the schema: hosts, macros, secrets, profiles, grants."""

import re
import xml.etree.ElementTree as ET
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from spanmill_store.cluster import EVERYWHERE
from spanmill_store.guard.tables import BEHIND_VIEWS, READABLE
from spanmill_store.settings import known_names
from support.source_tree import ROOT

FOLDER: Final = ROOT / "deploy/cluster"
COMPOSE: Final[dict[str, Any]] = YAML(typ="safe").load(FOLDER / "compose.yaml")
SINGLE: Final[dict[str, Any]] = YAML(typ="safe").load(FOLDER.parent / "compose.yaml")
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
SHARES: Final = set(re.findall(r"IF NOT EXISTS (\w+)_local ON", (ROOT / "tests/store/cluster.sql").read_text()))


def xml(name: str) -> ET.Element:
    """One of the files."""
    return ET.parse(FOLDER / name).getroot()


def texts(root: ET.Element, path: str) -> list[str | None]:
    """Texts of all elements at *path*."""
    return [element.text for element in root.findall(path)]


def test_two_shards_of_two_replicas() -> None:
    """Each node of the configuration is a container that knows its own shard and replica."""
    cluster = xml("cluster.xml").find("remote_servers/spanmill")
    assert cluster is not None
    assert texts(cluster, "shard/internal_replication") == ["true", "true"]
    for number, shard in enumerate(cluster.findall("shard"), 1):
        for replica, host in enumerate(texts(shard, "replica/host"), 1):
            environment = SERVICES[host or ""]["environment"]
            assert (environment["SHARD"], environment["REPLICA"]) == (str(number), str(replica))
            assert SERVICES[host or ""]["hostname"] == host


def test_keepers_know_each_other() -> None:
    """Servers and Keepers name the same three, each a container with its number."""
    hosts = texts(xml("cluster.xml"), "zookeeper/node/host")
    servers = xml("keeper.xml").findall("keeper_server/raft_configuration/server")
    assert (
        hosts == [server.findtext("hostname") for server in servers] == [name for name in SERVICES if "keeper" in name]
    )
    for server in servers:
        assert SERVICES[server.findtext("hostname", "")]["environment"]["KEEPER_ID"] == server.findtext("id")


def test_macros_are_those_of_the_schema() -> None:
    """A sharded table's path names the shard, and what is whole everywhere is named by both."""
    root = xml("cluster.xml")
    macros = root.find("macros")
    assert macros is not None
    assert {macro.tag for macro in macros} == set(re.findall(r"\{(\w+)\}", EVERYWHERE)) - {"uuid"}
    assert "{shard}" in root.findtext("default_replica_path", "")
    assert "{replica}" in root.findtext("default_replica_name", "")


def test_no_secret_is_written_down() -> None:
    """Passwords come from the environment, and compose asks for each."""
    for element in [*xml("cluster.xml").iter("secret"), *xml("cluster.xml").iter("password")]:
        assert element.text is None
        assert element.get("from_env") in SERVICES["clickhouse-1-1"]["environment"]


def test_profiles() -> None:
    """Inserts wait for the shards, comparisons see all of them, and a shard that is away is an error."""
    root = xml("users.xml")
    assert root.findtext("profiles/default/distributed_foreground_insert") == "1"
    for profile in ("default", "spanmill_reader"):
        assert root.findtext(f"profiles/{profile}/distributed_product_mode") == "global"
        assert root.findtext(f"profiles/{profile}/skip_unavailable_shards") == "0"


def test_the_reader_may_read_the_shares() -> None:
    """Its grants are those of one node, and each shard's share of the same tables."""
    granted = texts(xml("users.xml"), "users/spanmill_reader/grants/query")
    names = [*READABLE, *BEHIND_VIEWS]
    shares = [f"{name}_local" for name in names if name in SHARES]
    dictionary = "GRANT dictGet ON spanmill.message"
    assert [query for query in granted if query != dictionary] == [
        f"GRANT SELECT ON spanmill.{name}" for name in (*names, *shares)
    ]
    assert dictionary in granted
    assert xml("users.xml").find("users/spanmill_reader/grants[@replace='1']") is not None


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_confined(name: str) -> None:
    """As on one machine: no root, no writable root, no new privileges, no port to the outside."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("user") or "build" in service
    assert "ports" not in service
    assert COMPOSE["networks"]["backend"]["internal"] is True


def test_versions_and_files() -> None:
    """ClickHouse and Keeper have the version of the single node, and what is mounted exists."""
    version = SINGLE["services"]["clickhouse"]["image"].partition(":")[2]
    assert {service["image"].partition(":")[2] for name, service in SERVICES.items() if name != "migrate"} == {version}
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    assert all((FOLDER / path).exists() for path in mounted if path.startswith("."))
    assert {path for path in mounted if not path.startswith(".")} == {*COMPOSE["volumes"]}


def test_migrate_names_the_cluster() -> None:
    """The cluster of the setting is the one of the servers' configuration, and the setting is one."""
    environment = SERVICES["migrate"]["environment"]
    assert environment.keys() <= known_names()
    assert xml("cluster.xml").find(f"remote_servers/{environment['SPANMILL_CLICKHOUSE_CLUSTER']}") is not None
