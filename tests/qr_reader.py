"""QR codes read back from a PDF's drawing, the slow and obvious way: no library that also wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pypdf import PageObject

Grid = list[list[int]]
NUMBER = r"-?\d+(?:\.\d+)?"
DRAWING = re.compile(rf"({NUMBER}) 0 0 -{NUMBER} ({NUMBER}) ({NUMBER}) cm[^\n]{{0,60}}?(0 0\.5 m[\d.\sml]+?)S")
LINE = re.compile(r"(\d+) (\d+)\.5 m (\d+) \d+\.5 l")
ALIGNMENT = {2: 18, 3: 22, 4: 26, 5: 30, 6: 34}  # the second centre; the first is 6
BLOCKS_M = {1: [16], 2: [28], 3: [44], 4: [32] * 2, 5: [43] * 2, 6: [27] * 4}  # data bytes of each block, level M
MASKS = (
    lambda x, y: (x + y) % 2,
    lambda x, y: y % 2,
    lambda x, y: x % 3,
    lambda x, y: (x + y) % 3,
    lambda x, y: (y // 2 + x // 3) % 2,
    lambda x, y: x * y % 2 + x * y % 3,
    lambda x, y: (x * y % 2 + x * y % 3) % 2,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2,
)


def read_codes(page: PageObject) -> dict[tuple[float, float], str]:
    """Text of every QR code of a page by its place (upper left corner, points from below left)."""
    content = page.get_contents()
    assert content is not None
    drawn = content.get_data().decode("latin-1")
    return {(float(x), float(y)): read_grid(grid_of(path)) for _, x, y, path in DRAWING.findall(drawn)}


def grid_of(path: str) -> Grid:
    """Lines `x y m x2 y l`, one module wide, as modules."""
    lines = [tuple(int(n) for n in line) for line in LINE.findall(path)]
    side = max(end for _, _, end in lines)
    grid = [[0] * side for _ in range(side)]
    for start, y, end in lines:
        for x in range(start, end):
            grid[y][x] = 1
    return grid


def read_grid(grid: Grid) -> str:
    """What a code of level M in byte mode says; no error is mended, so every module must be right."""
    version = (len(grid) - 17) // 4
    assert version in BLOCKS_M, f"version {version} is beyond this reader"
    level, mask = format_of(grid)
    assert level == 0b00, "level M"
    bits = [grid[y][x] ^ (MASKS[mask](x, y) == 0) for x, y in walk(len(grid), version)]
    data = in_order([int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits) - 7, 8)], version)
    stream = "".join(f"{byte:08b}" for byte in data)
    assert stream[:4] == "0100", "byte mode"
    length = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * i : 20 + 8 * i], 2) for i in range(length)).decode()


def format_of(grid: Grid) -> tuple[int, int]:
    """Error correction level and mask, from beside the upper left finder."""
    places = [(x, 8) for x in (0, 1, 2, 3, 4, 5, 7, 8)]
    word = int("".join(str(grid[y][x]) for x, y in places), 2) ^ 0b10101000
    return word >> 6, word >> 3 & 0b111


def walk(side: int, version: int) -> Iterator[tuple[int, int]]:
    """Modules that carry data: two columns at a time from the right, up and down in turn."""
    columns = [x for x in range(side - 1, 0, -2) if x > 6] + [5, 3, 1]
    for turn, right in enumerate(columns):
        rows = range(side) if turn % 2 else range(side - 1, -1, -1)
        for y in rows:
            yield from ((x, y) for x in (right, right - 1) if not is_pattern(x, y, side, version))


def is_pattern(x: int, y: int, side: int, version: int) -> bool:
    """Finders with their format bits, timing, and the one alignment pattern of versions 2 to 6."""
    finder = (x < 9 and y < 9) or (x >= side - 8 and y < 9) or (x < 9 and y >= side - 8)
    centre = ALIGNMENT.get(version, -9)
    return finder or 6 in (x, y) or (abs(x - centre) <= 2 and abs(y - centre) <= 2)


def in_order(codewords: list[int], version: int) -> list[int]:
    """Data bytes of all blocks one after the other; they are stored interleaved."""
    sizes = BLOCKS_M[version]
    count = len(sizes)
    return [codewords[row * count + block] for block in range(count) for row in range(sizes[block])]
