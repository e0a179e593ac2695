"""
The first question of ClickHouse's Go driver, on which its later decoding depends.

The driver sends ``client_protocol_version`` and reads Native blocks as that revision writes them: with block info, and
with a serialization byte for each column. chDB always writes revision 0, without either. The driver's first query asks
for the server's ``revision()``, and whatever it is told it expects of all later blocks; so this one answer is written
here, in the form the driver expects before it knows better, and says 0. Everything later passes through untouched.
"""

import struct
from typing import Final

from spanmill_store.embedded.engine import Identity
from spanmill_store.embedded.request import QueryRequest
from spanmill_store.embedded.statement import Statement

_QUESTION: Final = b"SELECT displayName(), version(), revision(), timezone()"
_BLOCK_INFO_REVISION: Final = 51903
_SERIALIZATION_REVISION: Final = 54454
# Field 1: no overflow row; field 2: bucket -1; 0: the end.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def is_handshake(request: QueryRequest, statement: Statement) -> bool:
    """Whether this is the Go driver's first query."""
    is_native = request.default_format == "Native" and statement.output_format is None
    return is_native and request.protocol_version > 0 and statement.body.strip() == _QUESTION


def handshake_block(identity: Identity, protocol_version: int) -> bytes:
    """The answer as one Native block of revision *protocol_version*."""
    columns = (
        ("displayName()", "String", _string(identity.display_name)),
        ("version()", "String", _string(identity.version)),
        ("revision()", "UInt32", struct.pack("<I", 0)),
        ("timezone()", "String", _string(identity.timezone)),
    )
    marker = b"\x00" if protocol_version >= _SERIALIZATION_REVISION else b""
    head = _BLOCK_INFO if protocol_version >= _BLOCK_INFO_REVISION else b""
    cells = [_string(name) + _string(type_name) + marker + value for name, type_name, value in columns]
    return head + bytes((len(columns), 1)) + b"".join(cells)


def _string(text: str) -> bytes:
    data = text.encode()
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
