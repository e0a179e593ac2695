"""
Request bodies: read piece by piece, inflated piece by piece, never larger than allowed.

The limit holds for the bytes on the wire and for what they inflate to, and is checked before each further piece is
produced, so that neither a long body nor a gzip bomb can fill the memory.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from isal import isal_zlib
from starlette.requests import Request

from spanmill_collector.budget import Hold
from spanmill_collector.errors import Reason, Refusal

_PIECE_BYTES: Final = 1024 * 1024
_GZIP_WINDOW: Final = 16 + isal_zlib.MAX_WBITS


async def read_body(request: Request, hold: Hold, max_bytes: int) -> bytes:
    """
    Read the body of *request*, inflating it where it is gzip, and account for it in *hold*.

    Raises:
        Refusal: It is too large, broken, or encoded in another way.
    """
    decoder = _decoder(request.headers.get("content-encoding", "identity"))
    announced_bytes = int(request.headers.get("content-length") or 0)
    _require_fitting(announced_bytes, max_bytes)
    hold.grow_to(announced_bytes)
    pieces: list[bytes] = []
    raw_bytes = size_bytes = 0
    async for raw in request.stream():
        raw_bytes += len(raw)
        _require_fitting(raw_bytes, max_bytes)
        for piece in decoder.feed(raw):
            size_bytes += len(piece)
            _require_fitting(size_bytes, max_bytes)
            hold.grow_to(size_bytes)
            pieces.append(piece)
    decoder.end()
    return b"".join(pieces)


class Decoder(Protocol):
    """Turns the pieces of a body as it came into the pieces of the body that was meant."""

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Decode *raw* into pieces of bounded size."""

    def end(self) -> None:
        """Raise `Refusal` unless the body is complete."""


class Identity:
    """A body that is not encoded."""

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Hand *raw* on."""
        yield raw

    def end(self) -> None:
        """Accept any end: HTTP itself knows the length."""


class Gunzip:
    """A gzip body of one or more members."""

    def __init__(self) -> None:
        self._inflater = isal_zlib.decompressobj(_GZIP_WINDOW)

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """Inflate *raw*; each piece is produced only when the one before it was taken."""
        is_full = False
        while raw or is_full:
            if self._inflater.eof:
                self._inflater = isal_zlib.decompressobj(_GZIP_WINDOW)
            try:
                piece = self._inflater.decompress(raw, _PIECE_BYTES)
            except isal_zlib.error as error:  # type: ignore[misc]  # the stubs take the class for an instance
                raise Refusal(Reason.UNDECODABLE, "The body is not gzip, as its Content-Encoding says.") from error
            yield piece
            raw = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            is_full = len(piece) == _PIECE_BYTES and not self._inflater.eof

    def end(self) -> None:
        """Refuse a stream that was cut off."""
        if not self._inflater.eof:
            raise Refusal(Reason.UNDECODABLE, "The gzip body ends before it is complete.")


def _decoder(content_encoding: str) -> Decoder:
    match content_encoding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip":
            return Gunzip()
        case other:
            raise Refusal(
                Reason.UNSUPPORTED_ENCODING, f"Content-Encoding {other[:40]!r} is not read: send gzip or none."
            )


def _require_fitting(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise Refusal(
            Reason.TOO_LARGE, f"The request is larger than {max_bytes} bytes after decompression: send smaller batches."
        )
