"""Which instrument band a class answers."""

from __future__ import annotations

GRADES = {
    ("primary", "g34"): range(3, 5),
    ("primary", "g56"): range(5, 7),
    ("junior", "jr"): range(7, 10),
    ("senior", "sr"): range(10, 13),
}


def band_of(level: str, grade: int) -> str | None:
    """The band of a class; None where nobody is asked (grades 1–2) or the pair makes no sense."""
    if level == "vocational":
        return "voc"
    return next((band for (kind, band), grades in GRADES.items() if kind == level and grade in grades), None)
