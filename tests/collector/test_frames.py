"""Records of a segment: valid protobuf for ClickHouse, and damage is always found."""

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st

from spanmill_collector.wal.frames import Scan, Stamp, frame, scan, varint
from support.otlp import framed, numbers_in, requests_in, trace_request

REQUESTS = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=6)


def segment_of(requests: list[bytes]) -> tuple[bytes, list[int]]:
    """A segment of *requests*, and where each of its records ends."""
    content, ends = b"", []
    for number, request in enumerate(requests):
        content += b"".join(framed(request, time_ns=number).parts)
        ends.append(len(content))
    return content, ends


def unknown_fields(message: Message) -> list[tuple[int, object]]:
    """Number and value of the fields that the message's own schema does not know, in their order."""
    fields = UnknownFieldSet(message)
    return [(fields[i].field_number, fields[i].data) for i in range(len(fields))]


def good_bytes(found: Scan) -> int:
    """Bytes of the whole records."""
    return sum(record.end - record.start for record in found.records)


def test_a_record_is_a_length_prefixed_message_with_a_stamp() -> None:
    """Any protobuf reader sees the request unchanged, plus our fields; ours come last."""
    request = trace_request([1, 2])
    stamp = Stamp("acme", "k1", receive_time_ns=1234, items=2, refused=3)
    (read,) = requests_in(b"".join(frame(request.SerializeToString(), stamp).parts))
    assert numbers_in(read) == [1, 2]
    fields = unknown_fields(read)
    assert [number for number, _ in fields] == [1000, 1003, 1001, 1004, 1005, 1006, 1002]
    assert dict(fields[:5]) == {1000: b"acme", 1003: b"k1", 1001: 1234, 1004: 2, 1005: 3}


@given(
    project=st.text(max_size=200),
    key_id=st.text(max_size=20),
    numbers=st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    request=st.binary(max_size=300),
)
def test_a_stamp_reads_back_as_it_was_written(
    project: str, key_id: str, numbers: tuple[int, int, int], request: bytes
) -> None:
    """What the collector knows of a request survives it."""
    stamp = Stamp(project.encode("utf-8", "replace").decode(), key_id.encode("utf-8", "replace").decode(), *numbers)
    (found,) = scan(memoryview(b"".join(frame(request, stamp).parts))).records
    assert found.stamp == stamp


def test_a_client_cannot_choose_its_project() -> None:
    """A forged field comes before ours, and of two the later one counts."""
    forged = trace_request([1]).SerializeToString() + varint(1000 << 3 | 2) + varint(5) + b"other"
    (read,) = requests_in(b"".join(framed(forged).parts))
    assert [value for number, value in unknown_fields(read) if number == 1000] == [b"other", b"default"]


def test_the_size_of_a_record_is_what_it_takes_in_the_segment() -> None:
    """Budgets count exactly the bytes that are written."""
    for size in (1, 100, 127, 128, 20_000):
        record = framed(b"x" * size)
        assert record.size_bytes == len(b"".join(record.parts))


@given(REQUESTS)
def test_a_whole_segment_is_good_to_its_end(requests: list[bytes]) -> None:
    """What was framed is found again, whatever the requests hold."""
    content, ends = segment_of(requests)
    found = scan(memoryview(content))
    assert [record.end for record in found.records] == ends
    assert found.damages == ()


@given(REQUESTS, st.data())
def test_a_cut_segment_keeps_every_whole_record(requests: list[bytes], data: st.DataObject) -> None:
    """A torn tail costs the torn record and nothing else."""
    content, ends = segment_of(requests)
    size = data.draw(st.integers(0, len(content)))
    found = scan(memoryview(content[:size]))
    assert [record.end for record in found.records] == [end for end in ends if end <= size]
    assert bool(found.damages) == (size not in (0, *ends))


@given(REQUESTS, st.data())
def test_a_changed_byte_never_passes_for_good(requests: list[bytes], data: st.DataObject) -> None:
    """The scrambled record is damage; those before it and behind it are kept."""
    content, ends = segment_of(requests)
    position = data.draw(st.integers(0, len(content) - 1))
    scrambled = bytearray(content)
    scrambled[position] ^= data.draw(st.integers(1, 255))
    found = scan(memoryview(scrambled))
    hit = next(number for number, end in enumerate(ends) if position < end)
    assert [record.end for record in found.records] == ends[:hit] + ends[hit + 1 :]
    assert good_bytes(found) + sum(damage.end - damage.start for damage in found.damages) == len(content)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_scanned(content: bytes) -> None:
    """Foreign bytes are damage, never an exception."""
    found = scan(memoryview(content))
    assert found.records == ()
    assert bool(found.damages) == bool(content)


def test_zeros_are_damage() -> None:
    """Blocks that a power cut left empty are not taken for records."""
    content, ends = segment_of([b"request"])
    found = scan(memoryview(content + bytes(4096)))
    assert [record.end for record in found.records] == ends
    assert [(damage.start, damage.end) for damage in found.damages] == [(ends[0], ends[0] + 4096)]
