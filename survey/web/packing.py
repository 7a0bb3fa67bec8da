"""A ready page in which only one short piece is still open: compressed beforehand, the piece spliced in as it is.

A gzip stream may hold stored blocks, so the page is two deflated parts around a stored one. Per request there is one
checksum over the short tail to make; nothing is compressed, and the length never depends on the piece.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # gzip, deflate, no time, best compression, unknown system


@dataclass(frozen=True)
class Packed:
    """A page, compressed, before and after its open piece."""

    before: bytes
    crc_before: int
    size_before: int
    after: bytes
    tail: bytes  # the page's last part as it reads, for the checksum

    def with_piece(self, piece: bytes) -> bytes:
        """The whole gzip stream."""
        stored = struct.pack("<BHH", 0, len(piece), len(piece) ^ 0xFFFF) + piece
        crc = zlib.crc32(self.tail, zlib.crc32(piece, self.crc_before))
        size = self.size_before + len(piece) + len(self.tail)
        return b"".join((HEAD, self.before, stored, self.after, struct.pack("<II", crc, size)))


def pack_page(before: bytes, after: bytes) -> Packed:
    opened, closed = deflate(before, zlib.Z_FULL_FLUSH), deflate(after, zlib.Z_FINISH)
    return Packed(opened, zlib.crc32(before), len(before), closed, after)


def deflate(data: bytes, end: int) -> bytes:
    """A raw deflate stream that ends on a byte; Z_FULL_FLUSH leaves it open for more."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return deflater.compress(data) + deflater.flush(end)
