"""How far a class is, coarsely: it moves when ten more sheets are in, or at close. And rewriting, which hides order."""

from __future__ import annotations

from sqlalchemy import func, select, update

from survey.intake import schema
from survey.intake.labels import NEARLY_COMPLETE, NOT_BEGUN, OPEN, UNDER_WAY
from survey.intake.opening import Intake
from survey.intake.waves import check_closed, read_classes, read_wave

STEP = 10
NEARLY = 0.9
COVERAGE_STEP = 5
ORDER = (NOT_BEGUN, UNDER_WAY, NEARLY_COMPLETE)


def meter_state(handed_in: int, enrolled: int) -> str:
    """While a wave is open. Each state lies at least ten sheets from the one before."""
    about = coverage_number(handed_in)
    if about >= max(2 * STEP + COVERAGE_STEP, NEARLY * enrolled):
        return NEARLY_COMPLETE
    return UNDER_WAY if about >= STEP + COVERAGE_STEP else NOT_BEGUN


def final_state(handed_in: int, enrolled: int) -> str:
    """After close, when nothing moves any more."""
    about = coverage_number(handed_in)
    if about == 0:
        return NOT_BEGUN
    return NEARLY_COMPLETE if about >= NEARLY * enrolled else UNDER_WAY


def coverage_number(handed_in: int) -> int:
    """Sheets as coverage says them, to the nearest five: a state that turns elsewhere would narrow that down."""
    return (handed_in + COVERAGE_STEP // 2) // COVERAGE_STEP * COVERAGE_STEP


def read_meter(intake: Intake, wave: str) -> list[tuple[str, str]]:
    """(class_id, state) of every class, by id."""
    if read_wave(intake, wave).state == OPEN:
        move_meters(intake, wave)
    query = select(schema.meter.c.class_id, schema.meter.c.state).order_by(schema.meter.c.class_id)
    with intake.store.book(wave) as connection:
        return [(class_id, state) for class_id, state in connection.execute(query)]


def move_meters(intake: Intake, wave: str) -> None:
    """Forward only: a class never goes back."""
    counts = count_spent(intake, wave)
    states = {c.class_id: meter_state(counts.get(c.class_id, 0), c.enrolled) for c in read_classes(intake, wave)}
    with intake.store.book(wave) as connection:
        rows = connection.execute(select(schema.meter.c.class_id, schema.meter.c.state))
        before = {row.class_id: row.state for row in rows}
    set_meters(intake, wave, {c: s for c, s in states.items() if ORDER.index(s) > ORDER.index(before[c])})


def set_final_meters(intake: Intake, wave: str) -> None:
    counts = count_spent(intake, wave)
    states = {c.class_id: final_state(counts.get(c.class_id, 0), c.enrolled) for c in read_classes(intake, wave)}
    set_meters(intake, wave, states)


def set_meters(intake: Intake, wave: str, states: dict[str, str]) -> None:
    if not states:
        return
    with intake.store.book(wave) as connection:
        for class_id, state in states.items():
            connection.execute(update(schema.meter).where(schema.meter.c.class_id == class_id).values(state=state))


def count_spent(intake: Intake, wave: str) -> dict[str, int]:
    """Sheets handed in per class. Stays in here while the wave is open."""
    table = schema.access_code.c
    query = select(table.class_id, func.count()).where(table.replay_mac.is_not(None)).group_by(table.class_id)
    counts: dict[str, int] = {}
    for shelf in intake.store.shelves(wave):
        with intake.store.shelf(wave, shelf) as connection:
            counts.update({row[0]: row[1] for row in connection.execute(query)})
    return counts


def final_counts(intake: Intake, wave: str) -> dict[str, int]:
    """Sheets handed in per class, 0 included. WaveFault while the wave is open."""
    check_closed(intake, wave)
    counts = count_spent(intake, wave)
    return {label.class_id: counts.get(label.class_id, 0) for label in read_classes(intake, wave)}


def compact(intake: Intake, wave: str, quiet_seconds: float = 60, at_least: int = 10) -> int:
    """Rewrite every shelf whose sitting has been quiet and left enough new rows; how many were rewritten.

    Runs beside the form at any time. PostgreSQL rewrites at close only. A shelf that is busy waits for the next call.
    """
    rewritten = 0
    for shelf in intake.store.shelves(wave):
        if intake.store.is_due(wave, shelf, quiet_seconds, at_least):
            rewritten += intake.store.rewrite(wave, shelf)
    return rewritten
