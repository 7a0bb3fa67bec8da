"""Addresses on slips, and their QR codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import segno

QUIET = 4  # modules of white around a QR code, as its standard asks
# Any of the eight masks reads well; choosing the best for each of 2,000 slips takes five times as long as the rest.
MASK = 2


@dataclass(frozen=True)
class Site:
    """The survey's public address, as it stands on paper (no slash at the end), and its bands in their order."""

    base: str
    bands: tuple[str, ...]

    def form(self, school_id: str, band: str) -> str:
        return f"{self.base}/{school_id}/b{self.bands.index(band) + 1}"

    def with_code(self, school_id: str, band: str, code: str) -> str:
        """The code stands in the fragment, so that it reaches no server's log."""
        return f"{self.form(school_id, band)}#{code}"

    def help_slip(self, school_id: str) -> str:
        return f"{self.base}/help-slip/{school_id}"

    @property
    def promise(self) -> str:
        return f"{self.base}/promise"


def typed(address: str) -> str:
    """As a child types it: browsers find https by themselves."""
    return address.removeprefix("https://")


def draw_qr(text: str) -> str:
    """A QR code as SVG: black modules, error correction M, quiet zone included."""
    matrix = segno.make(text, error="m", boost_error=False, micro=False, mask=MASK).matrix
    side = len(matrix) + 2 * QUIET
    path = "".join(f"M{start} {y}.5h{end - start}" for y, row in enumerate(matrix) for start, end in _runs(row))
    box = f'viewBox="{-QUIET} {-QUIET} {side} {side}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path fill="none" stroke="#000" d="{path}"/></svg>'


def _runs(row: bytearray) -> Iterator[tuple[int, int]]:
    """Where dark modules begin and end."""
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x
            start = None
