"""
Records: how one request lies in a segment, and how a damaged segment is told from a whole one.

A record is ``varint length``, the request's bytes, and its stamp: protobuf fields of the collector's own. Concatenated
protobuf messages merge, so ClickHouse reads request and stamp as one message, and the later field wins: a client cannot
choose its own project. The segment is therefore an insert body as it stands (design, ideas A and B).

====== ========= =========================================================================================
field  type      meaning
====== ========= =========================================================================================
1000   string    project
1003   string    id of the key that it was sent with, empty for none
1001   fixed64   receive time in nanoseconds since the epoch; no two records of a collector have the same
1004   fixed32   spans, log records or data points in it
1005   fixed32   those that were left out
1006   fixed32   size of the stamp, so that it can be read from the record's end
1002   fixed32   CRC-32 of everything before it in the record
====== ========= =========================================================================================

ClickHouse's schema knows neither 1006 nor 1002, and skips them.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from isal.isal_zlib import crc32

_FIXED64, _LENGTH_DELIMITED, _FIXED32 = 1, 2, 5
_LONGEST_VARINT_BYTES: Final = 5


class Stamp(NamedTuple):
    """What the collector knows of a request."""

    project: str
    key_id: str
    receive_time_ns: int
    items: int
    refused: int


class Record(NamedTuple):
    """
    One request as it will lie in a segment.

    Attributes:
        parts: Length, request and stamp; apart, so that the request's bytes are never copied.
        size_bytes: Bytes that they take together.
        stamp: What the stamp says.
    """

    parts: tuple[bytes, bytes, bytes]
    size_bytes: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Found:
    """A whole record in a segment: where it begins and ends, and its stamp."""

    start: int
    end: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a segment that is no record any more, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk over a segment found: whole records, and the damage between and behind them."""

    records: tuple[Found, ...]
    damages: tuple[Damage, ...]


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


_PROJECT_TAG: Final = _tag(1000, _LENGTH_DELIMITED)
_KEY_TAG: Final = _tag(1003, _LENGTH_DELIMITED)
_NUMBERS: Final = struct.Struct("<2sQ2sI2sI2sI")
_NUMBER_TAGS: Final = (_tag(1001, _FIXED64), _tag(1004, _FIXED32), _tag(1005, _FIXED32), _tag(1006, _FIXED32))
_CRC: Final = struct.Struct("<2sI")
_CRC_TAG: Final = _tag(1002, _FIXED32)
_END_MARKS: Final = ((_CRC_TAG, _CRC.size), (_NUMBER_TAGS[3], 2 + 4 + _CRC.size))
"""Tags near a record's end, and how far the end is from there."""


def frame(request: bytes, stamp: Stamp) -> Record:
    """Make the record of *request*."""
    project, key_id = stamp.project.encode(), stamp.key_id.encode()
    names = b"".join((_PROJECT_TAG, varint(len(project)), project, _KEY_TAG, varint(len(key_id)), key_id))
    stamp_bytes = len(names) + _NUMBERS.size + _CRC.size
    time_tag, items_tag, refused_tag, size_tag = _NUMBER_TAGS
    numbers = _NUMBERS.pack(
        time_tag, stamp.receive_time_ns, items_tag, stamp.items, refused_tag, stamp.refused, size_tag, stamp_bytes
    )
    length = varint(len(request) + stamp_bytes)
    crc = crc32(numbers, crc32(names, crc32(request, crc32(length))))
    size_bytes = len(length) + len(request) + stamp_bytes
    return Record((length, request, b"".join((names, numbers, _CRC.pack(_CRC_TAG, crc)))), size_bytes, stamp)


def scan(segment: memoryview) -> Scan:
    """Walk over the records of *segment*, going on behind damage where another whole record begins."""
    records: list[Found] = []
    damages: list[Damage] = []
    start = 0
    while start < len(segment):
        found = _record_at(segment, start)
        if isinstance(found, Found):
            records.append(found)
            start = found.end
        else:
            end = _next_record(segment, start)
            damages.append(Damage(start, end, found))
            start = end
    return Scan(tuple(records), tuple(damages))


def _record_at(segment: memoryview, start: int) -> Found | str:
    """The record at *start*, or what is wrong there."""
    end = _record_end(segment, start)
    if end is None or end > len(segment):
        return "the last record is torn"
    stamp = _read_stamp(segment[start:end])
    return "a record's checksum does not fit its bytes" if stamp is None else Found(start, end, stamp)


def _next_record(segment: memoryview, start: int) -> int:
    """
    Where the next whole record begins behind the damage at *start*, the segment's end where none does.

    A record begins where another one ends. Either of the two tags near a record's end gives its end away; damage to a
    single place leaves one of them.
    """
    rest = bytes(segment[start:])
    ends = {end for tag, to_end in _END_MARKS for end in _ends(rest, tag, to_end)}
    return next(
        (start + end for end in sorted(ends) if isinstance(_record_at(segment, start + end), Found)), len(segment)
    )


def _ends(rest: bytes, tag: bytes, to_end: int) -> Iterator[int]:
    position = rest.find(tag)
    while position >= 0 and position + to_end < len(rest):
        yield position + to_end
        position = rest.find(tag, position + 1)


def _record_end(segment: memoryview, start: int) -> int | None:
    """Where the record at *start* ends by its own length, None when not even the length is readable."""
    found = _read_varint(segment, start)
    return None if found is None else found[1] + found[0]


def _read_varint(data: memoryview, start: int) -> tuple[int, int] | None:
    """The number at *start* and the place behind it, None when it does not end."""
    value = shift = 0
    for position in range(start, min(len(data), start + _LONGEST_VARINT_BYTES)):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position + 1
        shift += 7
    return None


def _read_stamp(record: memoryview) -> Stamp | None:
    """Read the stamp of *record*, None where the record is not sound."""
    covered = len(record) - _CRC.size
    names_end = covered - _NUMBERS.size
    if names_end <= 0:
        return None
    tag, crc = _CRC.unpack_from(record, covered)
    if tag != _CRC_TAG or crc32(record[:covered]) != crc:
        return None
    _, receive_time_ns, _, items, _, refused, _, stamp_bytes = _NUMBERS.unpack_from(record, names_end)
    project, key_id = _texts(record[len(record) - stamp_bytes : names_end])
    return Stamp(project, key_id, receive_time_ns, items, refused)


def _texts(fields: memoryview) -> Iterator[str]:
    """The texts of a run of string fields, each a tag of two bytes, a length and so many bytes."""
    position = 0
    while position < len(fields) and (found := _read_varint(fields, position + 2)) is not None:
        length, begin = found
        position = begin + length
        yield bytes(fields[begin:position]).decode()
