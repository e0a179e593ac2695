"""
Records: how one request lies in a segment, and how a damaged segment is told from a whole one.

A record is ``varint length``, the request's bytes as they came, and three appended protobuf fields. Concatenated
protobuf messages merge, so ClickHouse reads request and appended fields as one message, and the later field wins: a
client cannot choose its own project. The segment is therefore an insert body as it stands (design, ideas A and B).

====== ========= =========================================================================================
field  type      meaning
====== ========= =========================================================================================
1000   string    project
1001   fixed64   receive time in nanoseconds since the epoch
1002   fixed32   CRC-32 of everything before it in the record; unknown to ClickHouse's schema, which skips it
====== ========= =========================================================================================
"""

import struct
import zlib
from dataclasses import dataclass
from typing import Final, NamedTuple

PROJECT_FIELD: Final = 1000
RECEIVE_TIME_FIELD: Final = 1001
CRC_FIELD: Final = 1002

_FIXED64, _LENGTH_DELIMITED, _FIXED32 = 1, 2, 5
_CRC_BYTES: Final = 6
"""Two bytes of tag and four of checksum close every record."""
_LONGEST_VARINT_BITS: Final = 35


class Record(NamedTuple):
    """One request as it will lie in a segment; in three parts so that the request's bytes are never copied."""

    length: bytes
    request: bytes
    appended: bytes

    @property
    def size_bytes(self) -> int:
        """Bytes that the record takes in a segment."""
        return len(self.length) + len(self.request) + len(self.appended)


@dataclass(frozen=True, slots=True)
class Scan:
    """
    What a walk over a segment's records found.

    Attributes:
        good_bytes: Size of the undamaged prefix.
        records: Whole records in it.
        damage: What is wrong at that place, None when the segment is whole.
    """

    good_bytes: int
    records: int
    damage: str | None


def varint(value: int) -> bytes:
    """Encode the non-negative *value* as a protobuf varint."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _tag(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


_PROJECT_TAG: Final = _tag(PROJECT_FIELD, _LENGTH_DELIMITED)
_RECEIVE_TIME_TAG: Final = _tag(RECEIVE_TIME_FIELD, _FIXED64)
_CRC_TAG: Final = _tag(CRC_FIELD, _FIXED32)


def frame(request: bytes, project: str, receive_time_ns: int) -> Record:
    """Make the record of *request*."""
    name = project.encode()
    fields = b"".join((_PROJECT_TAG, varint(len(name)), name, _RECEIVE_TIME_TAG, struct.pack("<Q", receive_time_ns)))
    length = varint(len(request) + len(fields) + _CRC_BYTES)
    crc = zlib.crc32(fields, zlib.crc32(request, zlib.crc32(length)))
    return Record(length, request, fields + _CRC_TAG + struct.pack("<I", crc))


def scan(segment: memoryview) -> Scan:
    """Walk over the records of *segment* up to its end or the first damage."""
    start, records = 0, 0
    while start < len(segment):
        end = _record_end(segment, start)
        if end is None or end > len(segment):
            return Scan(start, records, "the last record is torn")
        if not _is_sound(segment[start:end]):
            return Scan(start, records, "a record's checksum does not fit its bytes")
        start, records = end, records + 1
    return Scan(start, records, None)


def _record_end(segment: memoryview, start: int) -> int | None:
    """Where the record at *start* ends by its own length, None when not even the length is readable."""
    length, shift = 0, 0
    for position in range(start, min(len(segment), start + _LONGEST_VARINT_BITS // 7)):
        byte = segment[position]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return position + 1 + length
        shift += 7
    return None


def _is_sound(record: memoryview) -> bool:
    covered = len(record) - _CRC_BYTES
    if covered <= 0 or record[covered : covered + 2] != _CRC_TAG:
        return False
    stored: int = struct.unpack_from("<I", record, covered + 2)[0]
    return zlib.crc32(record[:covered]) == stored
