"""
`spanmill clickhouse` as the only node of a cluster with one shard, for tests.

The engine takes itself for a server that listens, so that what a distributed table sends to this shard stays in the
process. A Keeper that lives in memory lets replicated tables be created; they take no rows here.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from spanmill.cli import main
from spanmill_store.embedded import engine

CLUSTER: Final = "one_shard"
CONFIGURATION: Final = f"""
<zookeeper><implementation>testkeeper</implementation></zookeeper>
<interserver_http_host>localhost</interserver_http_host>
<interserver_http_port>9009</interserver_http_port>
<tcp_port>9000</tcp_port>
<macros><shard>1</shard><replica>1</replica></macros>
<default_replica_path>/clickhouse/tables/{{database}}/{{table}}/{{shard}}</default_replica_path>
<default_replica_name>{{replica}}</default_replica_name>
<named_collections><spanmill_kafka><kafka_broker_list>127.0.0.1:1</kafka_broker_list></spanmill_kafka></named_collections>
<remote_servers><{CLUSTER}><shard>
    <internal_replication>true</internal_replication>
    <replica><host>127.0.0.1</host><port>9000</port></replica>
</shard></{CLUSTER}>
<two_shards>
    <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    <shard><replica><host>127.0.0.1</host><port>1</port></replica></shard>
</two_shards>
<away><shard><replica><host>127.0.0.1</host><port>1</port></replica></shard></away></remote_servers>
</clickhouse>
"""


@contextlib.contextmanager
def _configuration(folder: Path) -> Iterator[str]:
    with _ORIGINAL(folder) as name:
        path = Path(name)
        path.write_text(path.read_text().replace("</clickhouse>", CONFIGURATION))
        yield name


_ORIGINAL: Final = engine._configuration

if __name__ == "__main__":
    # The product has no setting for this, and needs none.
    engine._configuration = _configuration
    main(sys.argv[1:])
