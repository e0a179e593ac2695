"""Sending OTLP request bytes to ClickHouse, which decodes them."""

from collections.abc import Iterable
from importlib import resources
from typing import BinaryIO, Final, Self

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, StoreUnavailable

NOT_THE_DATAS_FAULT: Final = frozenset(
    {
        16,  # NO_SUCH_COLUMN_IN_TABLE: a newer spanmill has not migrated yet
        47,  # UNKNOWN_IDENTIFIER: the view does not fit its table
        60,  # UNKNOWN_TABLE: not migrated yet
        81,  # UNKNOWN_DATABASE: not created yet
        115,  # UNKNOWN_SETTING: the server is too old
        164,  # READONLY: the user may not write
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        195,  # IP_ADDRESS_NOT_ALLOWED
        201,  # QUOTA_EXCEEDED
        452,  # SETTING_CONSTRAINT_VIOLATION
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
    }
)
"""Codes that blame how the server is set up, so the same bytes must be kept and sent again."""


class TraceIngest:
    """
    Inserts segments of trace requests, each exactly once however often it is sent.

    A segment is a run of ``varint length + ExportTraceServiceRequest bytes``. Its token names it for ever: ClickHouse
    drops a second copy in every table that the first one reached.
    """

    def __init__(self, url: str) -> None:
        """Remember *url*; the connection is made when the first segment is sent."""
        self._url = url
        self._store: Store | None = None
        schema = resources.files("spanmill_store") / "sql" / "otlp" / "traces.proto"
        self._settings = {
            "format_schema_source": "string",
            "format_schema": schema.read_text(encoding="utf-8"),
            "format_schema_message_name": "TraceRequest",
            # A request may carry spans of any day, as one with a broken clock does.
            "throw_on_max_partitions_per_insert_block": 0,
        }

    def __enter__(self) -> Self:
        """Return the ingest itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Give the connection back; the next insert opens another."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def insert(self, segment: BinaryIO | Iterable[bytes], token: str) -> int:
        """
        Send *segment* under *token* and return the number of rows written, over all tables.

        Raises:
            StoreUnavailable: Keep the segment and send it again with the same token.
            QueryRejected: ClickHouse cannot read the segment; sending it again is useless.
        """
        settings = {**self._settings, "insert_deduplication_token": token}
        try:
            return self._connected().insert_bytes("otlp_traces", segment, format_name="Protobuf", settings=settings)
        except QueryRejected as error:
            if error.code in NOT_THE_DATAS_FAULT:
                raise StoreUnavailable(str(error), error.code) from error
            raise

    def _connected(self) -> Store:
        if self._store is None:
            self._store = Store.connect(self._url)
        return self._store
