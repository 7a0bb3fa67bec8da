"""What a printing job knows, and the small sums that every sheet needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from survey.instrument import Instrument
from survey.intake.labels import ClassLabel, SchoolLabel, WaveState
from survey.print.addresses import Site
from survey.print.words import WRITTEN, spell_span, spell_term
from survey.words import Words

LEAST_SPARES, LEAST_SHARE = 2, 0.1
SETTLING = {"g34": 5}  # minutes for typing the code and settling down; 3 in all other bands


@dataclass(frozen=True)
class Job:
    """One wave, one address, one language. `optional_blocks`: asked because the bureau has decided so in writing."""

    wave: WaveState
    site: Site
    instrument: Instrument
    lang: str = "zh_CN"
    optional_blocks: frozenset[str] = frozenset()

    @property
    def window(self) -> str:
        return spell_span(self.wave.opens, self.wave.closes, self.lang)

    @property
    def term(self) -> str:
        return spell_term(self.wave.wave, self.lang)

    def text(self, words: Words) -> str:
        """A text of the instrument in the job's language."""
        return str(getattr(words, WRITTEN[self.lang])).strip()


@dataclass(frozen=True)
class ClassCodes:
    """A class and the codes issued to it, in random order; never shown by repr."""

    label: ClassLabel
    codes: tuple[str, ...] = field(repr=False)

    @property
    def spares(self) -> int:
        return len(self.codes) - self.label.enrolled


def count_slips(enrolled: int, share: float) -> int:
    """Slips for a class: everyone enrolled, and `share` of spares, never fewer than two."""
    return enrolled + max(LEAST_SPARES, ceil(round(enrolled * share, 6)))


def count_minutes(instrument: Instrument, band: str) -> int:
    """How long a class of this band needs the room, in minutes."""
    longest = next((entry.minutes for entry in instrument.band_list if entry.code == band), None) or 15
    return longest + SETTLING.get(band, 3)


def by_grade(classes: Sequence[ClassLabel]) -> list[ClassLabel]:
    return sorted(classes, key=lambda label: (label.grade, label.class_id))


def bands_of(classes: Sequence[ClassLabel], instrument: Instrument) -> list[str]:
    """Bands these classes need, in the instrument's order."""
    there = {label.band for label in classes}
    return [band for band in instrument.bands if band in there]


def totals(school: SchoolLabel, classes: Sequence[ClassLabel], slips: Sequence[int]) -> dict[str, object]:
    """Names and sums that the words of a cover ask for."""
    return {
        "school": school.name,
        "classes": len(classes),
        "enrolled": sum(label.enrolled for label in classes),
        "slips": sum(slips),
    }
