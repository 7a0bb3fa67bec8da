"""How well the questionnaire's scales measure, band by band, as released to the bureau."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.published import Row

TABLE = "pub_city_wave_scale"
NOTED = ("moderate", "large")


@dataclass(frozen=True)
class Scale:
    """A scale in one band: figures between 0 and 1, and how many items read otherwise in other kinds of school
    (`uneven`) or than in the wave before (`drifted`); None where that isn't known."""

    band: str
    scale: str
    alpha: float | None
    omega: float | None
    items: int
    uneven: int | None
    drifted: int | None


def build_scales(desk: Desk) -> list[Scale]:
    """One per band and scale of this wave; empty for others than the bureau and in an older release."""
    if not desk.has(TABLE):
        return []
    held: dict[tuple[str, str], list[Row]] = {}
    for row in desk.rows(TABLE, wave=desk.wave):
        held.setdefault((row["band"], row["scale"]), []).append(row)
    return [_scale(band, scale, lines) for (band, scale), lines in held.items()]


def _scale(band: str, scale: str, lines: list[Row]) -> Scale:
    whole: Row = next((row for row in lines if not row["item"]), {})
    items = [row for row in lines if row["item"]]
    figures = (_hundredths(whole.get("alpha")), _hundredths(whole.get("omega")))
    return Scale(band, scale, *figures, len(items), _count(items, "dif_school"), _count(items, "drift"))


def _hundredths(value: object) -> float | None:
    return int(value) / 100 if isinstance(value, int | float) else None


def _count(items: list[Row], column: str) -> int | None:
    said = [row[column] for row in items if row[column] not in (None, "not_known", "not_comparable")]
    return sum(word in NOTED for word in said) if said else None
