"""
ClickHouse's own compression of HTTP bodies (``compress=1``, ``decompress=1``): a run of checksummed blocks.

A block is a CityHash128 (v1.0.2) of what follows, a method byte, the compressed size with its nine header bytes, the
uncompressed size, and the data.
"""

import struct
import sys
from collections.abc import Iterator
from typing import Final

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from spanmill_store.embedded.errors import ClickHouseError, bad_compression

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_CHECKSUM_BYTES: Final = 16
_HEADER: Final = struct.Struct("<BII")
_LZ4: Final = 0x82
_ZSTD: Final = 0x90
_NONE: Final = 0x02
MAX_BLOCK_BYTES: Final = 1 << 30


class FrameEncoder:
    """Compress answers as LZ4 blocks."""

    content_encoding = ""

    def encode(self, data: bytes) -> bytes:
        """One block that holds *data*."""
        if not data:
            return b""
        packed: bytes = lz4.block.compress(data, store_size=False)
        block = _HEADER.pack(_LZ4, len(packed) + _HEADER.size, len(data)) + packed
        return _checksum(block) + block

    def finish(self) -> bytes:
        """Nothing: blocks need no end."""
        return b""


class FrameDecoder:
    """Unpack requests block by block."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Yield the contents of every block that is now complete.

        Raises:
            ClickHouseError: A block is damaged.
        """
        self._pending += data
        position = 0
        try:
            while (end := self._block_end(position)) is not None:
                block = bytes(self._pending[position:end])
                position = end
                yield _unpack(block)
        finally:
            del self._pending[:position]

    def finish(self) -> Iterator[bytes]:
        """
        Make sure that nothing is left over.

        Raises:
            ClickHouseError: The body ended inside a block.
        """
        if self._pending:
            raise bad_compression("The request body ends inside a compressed block")
        yield from ()

    def _block_end(self, position: int) -> int | None:
        head = position + _CHECKSUM_BYTES
        if len(self._pending) < head + _HEADER.size:
            return None
        _, packed_bytes, plain_bytes = _HEADER.unpack_from(self._pending, head)
        if packed_bytes < _HEADER.size or max(packed_bytes, plain_bytes) > MAX_BLOCK_BYTES:
            message = f"Too large or too small compressed block: {packed_bytes} bytes for {plain_bytes}"
            raise ClickHouseError(39, "TOO_LARGE_SIZE_COMPRESSED", message, status=400)
        end = head + int(packed_bytes)
        return end if len(self._pending) >= end else None


def _checksum(block: bytes) -> bytes:
    low, high = divmod(CityHash128(block), 1 << 64)
    return struct.pack("<QQ", low, high)


def _unpack(block: bytes) -> bytes:
    checksum, body = block[:_CHECKSUM_BYTES], block[_CHECKSUM_BYTES:]
    if _checksum(body) != checksum:
        raise ClickHouseError(40, "CHECKSUM_DOESNT_MATCH", "Checksum doesn't match: corrupted data", status=400)
    method, _, plain_bytes = _HEADER.unpack_from(body)
    packed = body[_HEADER.size :]
    try:
        return _decompress(method, packed, plain_bytes)
    except (lz4.block.LZ4BlockError, zstd.ZstdError, ValueError) as error:
        raise bad_compression(f"Cannot decompress a block: {error}") from error


def _decompress(method: int, packed: bytes, plain_bytes: int) -> bytes:
    if method == _LZ4:
        plain: bytes = lz4.block.decompress(packed, uncompressed_size=plain_bytes)
        return plain
    if method == _ZSTD:
        return zstd.ZstdDecompressor().decompress(packed, max_length=plain_bytes)
    if method == _NONE:
        return packed
    raise ClickHouseError(
        89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown codec 0x{method:02x}; known are NONE, LZ4 and ZSTD", status=400
    )
