"""`anxin wave status`: how far each class is, coarsely. No counts, on screen or in a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.files.survey_faults import survey_faults
from survey.intake import Intake, close_intake, open_intake, read_classes, read_meter, read_schools, read_wave

STATES = ("not_begun", "under_way", "nearly_complete")


@dataclass(frozen=True)
class ClassMeter:
    """How far one class is."""

    district_id: str
    school_id: str
    school_name: str
    grade: int
    class_id: str
    class_name: str
    state: str


@dataclass(frozen=True)
class WaveStatus:
    """A wave and its classes, by school, grade and id; a wiped wave has none."""

    wave: str
    state: str
    opens: date
    closes: date
    meters: tuple[ClassMeter, ...]

    @property
    def classes(self) -> dict[str, int]:
        """State → number of classes."""
        return {state: sum(meter.state == state for meter in self.meters) for state in STATES}

    @property
    def to_call(self) -> tuple[ClassMeter, ...]:
        """Classes for a (second) sitting; none once the wave is closed."""
        return tuple(meter for meter in self.meters if self.state == "open" and meter.state != "nearly_complete")

    @property
    def silent_schools(self) -> frozenset[str]:
        """Schools where no class has begun: one line says so, a line per class would bury the others."""
        return frozenset(m.school_id for m in self.meters) - {
            m.school_id for m in self.meters if m.state != "not_begun"
        }


def list_status(wave: str | None = None) -> list[WaveStatus]:
    """One wave, or all there are. BadInput where there is no such wave."""
    with survey_faults():
        intake = open_intake()
        try:
            waves = [wave] if wave else sorted(intake.store.waves())
            return [read_status(intake, name) for name in waves]
        finally:
            close_intake(intake)


def read_status(intake: Intake, wave: str) -> WaveStatus:
    found = read_wave(intake, wave)
    if found.state == "wiped":
        return WaveStatus(wave, found.state, found.opens, found.closes, ())
    schools = {school.school_id: school for school in read_schools(intake, wave)}
    states = dict(read_meter(intake, wave))
    meters = tuple(
        ClassMeter(
            district_id=schools[label.school_id].district_id,
            school_id=label.school_id,
            school_name=schools[label.school_id].name,
            grade=label.grade,
            class_id=label.class_id,
            class_name=label.class_name,
            state=states[label.class_id],
        )
        for label in read_classes(intake, wave)
    )
    return WaveStatus(wave, found.state, found.opens, found.closes, meters)
