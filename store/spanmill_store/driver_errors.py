"""The one place where the driver's errors become ours."""

import contextlib
import logging
import re
from collections.abc import Iterator
from typing import Final

import urllib3.exceptions
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from spanmill_store.errors import QueryRejected, StoreError, StoreUnavailable

TRANSIENT: Final = frozenset(
    {
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR, as on a full disk
        76,  # CANNOT_OPEN_FILE
        159,  # TIMEOUT_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED: a shard of a cluster is away
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        439,  # CANNOT_SCHEDULE_TASK
        519,  # NO_REMOTE_SHARD_AVAILABLE
        999,  # KEEPER_EXCEPTION
    }
)
"""ClickHouse codes after which the same statement may succeed."""

BETWEEN_SERVERS: Final = "while receiving packet from"
"""What a server says of another one that went away, under codes that else mean that data are broken."""

MAX_MESSAGE_CHARS: Final = 600

_NOISE: Final = re.compile(
    r"\s*\(version \d[^()]*(\([^()]*\))?\)|\s*\(for url [^)]*\)|Code: \d+\. DB::(Net)?Exception: "
)
_EXCEPTION = re.compile(r"Code:\s*(\d+)\.\s*DB::(?:Net)?Exception:\s*(.*)", re.DOTALL)


def quiet_driver() -> None:
    """Keep the driver from logging what it also raises: our own error says it in one sentence."""
    for name in ("clickhouse_connect", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.contextmanager
def translated(address: str) -> Iterator[None]:
    """
    Turn what the driver raises inside the block into `StoreUnavailable` or `QueryRejected`.

    *address* is the server as it may be named to a user.
    """
    try:
        yield
    except ClickHouseError as error:
        raise _ours(error, address) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _unreachable(address) from error


def _ours(error: ClickHouseError, address: str) -> StoreError:
    match = _EXCEPTION.search(str(error))
    code = (error.code if isinstance(error, Error) else None) or (int(match[1]) if match else 0)
    if match is None and not code:
        return _unreachable(address)
    text = _shortened(_NOISE.sub("", match[2] if match else str(error)).strip())
    if code in TRANSIENT or BETWEEN_SERVERS in text:
        return StoreUnavailable(f"ClickHouse at {address} cannot do it now: {text}", code)
    return QueryRejected(f"ClickHouse refused: {text} (code {code})", code)


def _shortened(text: str) -> str:
    # Some messages repeat the whole statement; what is wrong stands at the beginning, its name at the end.
    return text if len(text) <= MAX_MESSAGE_CHARS else f"{text[: MAX_MESSAGE_CHARS - 60]} … {text[-50:]}"


def _unreachable(address: str) -> StoreUnavailable:
    return StoreUnavailable(f"No ClickHouse answers at {address}: start it, or correct SPANMILL_CLICKHOUSE_URL.")
