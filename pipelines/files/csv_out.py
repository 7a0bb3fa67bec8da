"""CSV that a spreadsheet opens as text: utf-8 with mark, formulas neutralised, written whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from pipelines.problems import CannotDo, Where

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(cell: object) -> str:
    """The cell as text that no spreadsheet runs: a leading formula sign gets an apostrophe before it."""
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(FORMULA) else text


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write the file through a neighbour and a rename; CannotDo where the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([neutral(cell) for cell in header])
            writer.writerows([neutral(cell) for cell in row] for row in rows)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise CannotDo(
            f"the file could not be written ({error.strerror})", where=Where(path.name), next_step="free disk space"
        ) from error
    return path
