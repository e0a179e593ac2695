"""
HTTP compression of bodies: requests by ``Content-Encoding``, answers by ``Accept-Encoding``.

Requests are unpacked piece by piece, never more than `PIECE_BYTES` at a time, so that a small body that unpacks to a
huge one costs no memory. Brotli is refused: its decoder was ClickHouse's worst hole (CVE-2026-116366).
"""

import sys
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import lz4.frame

from spanmill_store.embedded.errors import ClickHouseError, bad_compression
from spanmill_store.embedded.native_frames import FrameDecoder, FrameEncoder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES: Final = 1 << 20
ZSTD_LEVEL: Final = 1


class Decoder(Protocol):
    """Unpacks a request body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what *data* unpacks to, in pieces."""

    def finish(self) -> Iterator[bytes]:
        """Yield the rest; raise when the body is incomplete."""


class Encoder(Protocol):
    """Packs an answer."""

    content_encoding: str

    def encode(self, data: bytes) -> bytes:
        """Pack *data*; what comes out may lag behind."""

    def finish(self) -> bytes:
        """The end of the packed answer."""


class PlainDecoder:
    """A body that is not compressed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield *data* as it is."""
        yield data

    def finish(self) -> Iterator[bytes]:
        """Nothing is left over."""
        yield from ()


class _ZlibUnpacker:
    """gzip (several members allowed) and deflate, behind the interface of lz4's and zstd's unpackers."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)
        self._kept = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._kept

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inner.decompress(self._kept + data, max_length)
        self._kept = self._inner.unconsumed_tail
        # Without unconsumed input zlib may still hold output when the piece is full: an empty call fetches it.
        return piece


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class MemberDecoder:
    """gzip, deflate, lz4 and zstd frames: one member after the other, each unpacked with bounded output."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unpacker: _Unpacker | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Yield pieces of at most `PIECE_BYTES`.

        Raises:
            ClickHouseError: The data are not what the header says.
        """
        try:
            yield from self._feed(data)
        except (zlib.error, zstd.ZstdError, RuntimeError, EOFError) as error:
            raise bad_compression(f"The request body is not valid {self._name}: {error}") from error

    def finish(self) -> Iterator[bytes]:
        """
        Make sure that the last member is complete.

        Raises:
            ClickHouseError: The body ended too early.
        """
        if self._unpacker is not None:
            raise bad_compression(f"The {self._name} request body ends too early")
        yield from ()

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            unpacker = self._unpacker or _new_unpacker(self._name)
            self._unpacker = unpacker
            piece = unpacker.decompress(data, PIECE_BYTES)
            while True:
                if piece:
                    yield piece
                if unpacker.eof or (unpacker.needs_input and len(piece) < PIECE_BYTES):
                    break
                piece = unpacker.decompress(b"", PIECE_BYTES)
            if not unpacker.eof:
                return
            self._unpacker = None
            data = unpacker.unused_data or b""


class ChainedDecoder:
    """HTTP compression around ClickHouse's own."""

    def __init__(self, outer: Decoder, inner: Decoder) -> None:
        self._outer = outer
        self._inner = inner

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what both unpack."""
        for piece in self._outer.feed(data):
            yield from self._inner.feed(piece)

    def finish(self) -> Iterator[bytes]:
        """Yield the rest of both."""
        for piece in self._outer.finish():
            yield from self._inner.feed(piece)
        yield from self._inner.finish()


class PlainEncoder:
    """An answer that is not compressed."""

    content_encoding = ""

    def encode(self, data: bytes) -> bytes:
        """*data* as it is."""
        return data

    def finish(self) -> bytes:
        """Nothing."""
        return b""


class ZlibEncoder:
    """gzip or deflate."""

    def __init__(self, name: str) -> None:
        self.content_encoding = name
        self._packer = zlib.compressobj(3, zlib.DEFLATED, 31 if name == "gzip" else 15)

    def encode(self, data: bytes) -> bytes:
        """Pack *data*."""
        return self._packer.compress(data)

    def finish(self) -> bytes:
        """The end."""
        return self._packer.flush()


class ZstdEncoder:
    """One zstd frame."""

    content_encoding = "zstd"

    def __init__(self) -> None:
        self._packer = zstd.ZstdCompressor(level=ZSTD_LEVEL)

    def encode(self, data: bytes) -> bytes:
        """Pack *data*."""
        return self._packer.compress(data)

    def finish(self) -> bytes:
        """The end."""
        return self._packer.flush()


class Lz4Encoder:
    """One lz4 frame."""

    content_encoding = "lz4"

    def __init__(self) -> None:
        self._packer = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._packer.begin()

    def encode(self, data: bytes) -> bytes:
        """Pack *data*."""
        head, self._head = self._head, b""
        packed: bytes = head + self._packer.compress(data)
        return packed

    def finish(self) -> bytes:
        """The end."""
        packed: bytes = self._head + self._packer.flush()
        return packed


def decoder_for(content_encoding: str, has_frames: bool) -> Decoder:
    """
    What unpacks a body with this ``Content-Encoding`` (and ClickHouse's blocks inside).

    Raises:
        ClickHouseError: The encoding is not supported.
    """
    outer: Decoder
    if content_encoding in {"", "identity"}:
        outer = PlainDecoder()
    elif content_encoding in {"gzip", "x-gzip", "deflate", "lz4", "zstd"}:
        outer = MemberDecoder(content_encoding.removeprefix("x-"))
    else:
        message = f"Unknown compression method {content_encoding!r}: use gzip, lz4, zstd or deflate"
        raise ClickHouseError(89, "UNKNOWN_COMPRESSION_METHOD", message, status=400)
    return ChainedDecoder(outer, FrameDecoder()) if has_frames else outer


def encoder_for(accept_encoding: str, has_frames: bool) -> Encoder:
    """What packs the answer: ClickHouse's blocks where asked for, else the best of what the client accepts."""
    if has_frames:
        return FrameEncoder()
    accepted = {part.partition(";")[0].strip() for part in accept_encoding.split(",")}
    if "zstd" in accepted:
        return ZstdEncoder()
    if "lz4" in accepted:
        return Lz4Encoder()
    for name in ("gzip", "deflate"):
        if name in accepted:
            return ZlibEncoder(name)
    return PlainEncoder()


def _new_unpacker(name: str) -> _Unpacker:
    if name == "lz4":
        unpacker: _Unpacker = lz4.frame.LZ4FrameDecompressor()
        return unpacker
    if name == "zstd":
        return zstd.ZstdDecompressor()
    return _ZlibUnpacker(31 if name == "gzip" else 15)
