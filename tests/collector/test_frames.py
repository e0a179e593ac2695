"""Records of a segment: valid protobuf for ClickHouse, and damage is always found."""

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from hypothesis import given
from hypothesis import strategies as st

from spanmill_collector.frames import frame, scan, varint
from support.otlp import numbers_in, requests_in, trace_request

REQUESTS = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=6)


def segment_of(requests: list[bytes]) -> tuple[bytes, list[int]]:
    """A segment of *requests*, and where each of its records ends."""
    content, ends = b"", []
    for number, request in enumerate(requests):
        content += b"".join(frame(request, "default", number))
        ends.append(len(content))
    return content, ends


def unknown_fields(message: Message) -> list[tuple[int, object]]:
    """Number and value of the fields that the message's own schema does not know, in their order."""
    fields = UnknownFieldSet(message)
    return [(fields[i].field_number, fields[i].data) for i in range(len(fields))]


def test_a_record_is_a_length_prefixed_message_with_project_and_receive_time() -> None:
    """Any protobuf reader sees the request unchanged, plus our fields."""
    request = trace_request([1, 2])
    (read,) = requests_in(b"".join(frame(request.SerializeToString(), "default", 1234)))
    assert numbers_in(read) == [1, 2]
    assert unknown_fields(read)[:2] == [(1000, b"default"), (1001, 1234)]
    assert [number for number, _ in unknown_fields(read)] == [1000, 1001, 1002]


def test_a_client_cannot_choose_its_project() -> None:
    """A forged field comes before ours, and of two the later one counts."""
    forged = trace_request([1]).SerializeToString() + varint(1000 << 3 | 2) + varint(5) + b"other"
    (read,) = requests_in(b"".join(frame(forged, "default", 1)))
    assert [value for number, value in unknown_fields(read) if number == 1000] == [b"other", b"default"]


def test_the_size_of_a_record_is_what_it_takes_in_the_segment() -> None:
    """Budgets count exactly the bytes that are written."""
    for size in (1, 100, 127, 128, 20_000):
        record = frame(b"x" * size, "default", 1)
        assert record.size_bytes == len(b"".join(record))


@given(REQUESTS)
def test_a_whole_segment_is_good_to_its_end(requests: list[bytes]) -> None:
    """What was framed is found again, whatever the requests hold."""
    content, _ = segment_of(requests)
    found = scan(memoryview(content))
    assert (found.good_bytes, found.records, found.damage) == (len(content), len(requests), None)


@given(REQUESTS, st.data())
def test_a_cut_segment_keeps_every_whole_record(requests: list[bytes], data: st.DataObject) -> None:
    """A torn tail costs the torn record and nothing else."""
    content, ends = segment_of(requests)
    size = data.draw(st.integers(0, len(content)))
    found = scan(memoryview(content[:size]))
    assert found.good_bytes == max([end for end in ends if end <= size], default=0)
    assert (found.damage is None) == (found.good_bytes == size)


@given(REQUESTS, st.data())
def test_a_changed_byte_never_passes_for_good(requests: list[bytes], data: st.DataObject) -> None:
    """Every record before a scrambled one is kept, and nothing from it on."""
    content, ends = segment_of(requests)
    position = data.draw(st.integers(0, len(content) - 1))
    scrambled = bytearray(content)
    scrambled[position] ^= data.draw(st.integers(1, 255))
    found = scan(memoryview(scrambled))
    assert found.good_bytes == max([end for end in ends if end <= position], default=0)
    assert found.damage is not None


@given(st.binary(max_size=200))
def test_any_bytes_can_be_scanned(content: bytes) -> None:
    """Foreign bytes are damage, never an exception."""
    found = scan(memoryview(content))
    assert found.good_bytes <= len(content)
    assert (found.damage is None) == (found.good_bytes == len(content))


def test_zeros_are_damage() -> None:
    """Blocks that a power cut left empty are not taken for records."""
    content, ends = segment_of([b"request"])
    found = scan(memoryview(content + bytes(4096)))
    assert (found.good_bytes, found.records) == (ends[0], 1)
    assert found.damage is not None
