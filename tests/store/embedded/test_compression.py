"""Compressed bodies: every codec, cut anywhere, damaged, cut short, and much larger than they look."""

import gzip
import sys
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_store.embedded.compression import PIECE_BYTES, decoder_for, encoder_for
from spanmill_store.embedded.errors import ClickHouseError
from spanmill_store.embedded.native_frames import FrameEncoder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
    "": lambda data: data,
}


def unpack(encoding: str, packed: bytes, step: int, *, has_frames: bool = False) -> bytes:
    """Unpack *packed*, handed over in pieces of *step* bytes."""
    decoder = decoder_for(encoding, has_frames)
    pieces: list[bytes] = []
    for start in range(0, len(packed), step):
        pieces.extend(decoder.feed(packed[start : start + step]))
    pieces.extend(decoder.finish())
    return b"".join(pieces)


@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=3000), st.integers(1, 500))
def test_bodies_may_be_cut_anywhere(encoding: str, data: bytes, step: int) -> None:
    """A body unpacks to the same bytes however it is cut."""
    assert unpack(encoding, PACKERS[encoding](data), step) == data


@given(st.lists(st.binary(min_size=1, max_size=1000), max_size=5), st.integers(1, 500))
def test_native_blocks_survive_both_ways(blocks: list[bytes], step: int) -> None:
    """What is packed as ClickHouse's blocks unpacks to the same bytes."""
    packed = b"".join(FrameEncoder().encode(block) for block in blocks)
    assert unpack("", packed, step, has_frames=True) == b"".join(blocks)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_answers_are_packed_as_accepted(encoding: str) -> None:
    """An answer is packed in the codec that the client accepts."""
    encoder = encoder_for(f"{encoding};q=1.0, identity", has_frames=False)
    data = b"row\n" * 1000
    assert encoder.content_encoding == encoding
    assert unpack(encoding, encoder.encode(data) + encoder.encode(data) + encoder.finish(), 100) == data * 2


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
@pytest.mark.parametrize("damage", ["cut short", "rubbish"])
def test_damaged_bodies_are_the_clients_fault(encoding: str, damage: str) -> None:
    """A body that is cut short or is something else gets status 400."""
    packed = PACKERS[encoding](b"some data " * 100)
    with pytest.raises(ClickHouseError) as caught:
        unpack(encoding, packed[:-3] if damage == "cut short" else b"not compressed at all", 50)
    assert caught.value.status == 400


def test_a_damaged_block_is_noticed() -> None:
    """A native block whose checksum does not fit is refused with ClickHouse's code."""
    packed = bytearray(FrameEncoder().encode(b"some data " * 100))
    packed[-1] ^= 1
    with pytest.raises(ClickHouseError) as caught:
        unpack("", bytes(packed), 1000, has_frames=True)
    assert (caught.value.code, caught.value.status) == (40, 400)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_bombs_unpack_in_small_pieces(encoding: str) -> None:
    """A small body that unpacks to a large one never exists as a whole."""
    packed = PACKERS[encoding](bytes(8 * PIECE_BYTES))
    sizes = [len(piece) for piece in decoder_for(encoding, has_frames=False).feed(packed)]
    assert sum(sizes) == 8 * PIECE_BYTES
    assert max(sizes) <= PIECE_BYTES


@pytest.mark.parametrize("encoding", ["br", "snappy", "compress"])
def test_other_encodings_are_refused(encoding: str) -> None:
    """Brotli above all is refused by name."""
    with pytest.raises(ClickHouseError, match=encoding):
        decoder_for(encoding, has_frames=False)
