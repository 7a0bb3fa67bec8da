"""Codes are issued once and voided by class; nobody can list them, and nobody counts them while a wave is open."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, case, func, insert, select, update

from survey.codes import code_mac, new_code
from survey.intake import schema
from survey.intake.labels import OPEN, ClassLabel
from survey.intake.opening import Intake
from survey.intake.waves import check_closed, read_wave
from survey.problems import WaveFault


def issue_codes(intake: Intake, wave: str, class_id: str, number: int) -> list[str]:
    """New codes of a class in random order, returned here and never again. Voids the class's unspent ones first.

    WaveFault for a class that isn't of the wave, or a wave that isn't open.
    """
    label = check_issuing(intake, wave, class_id)
    codes = [new_code() for _ in range(number)]
    macs = {code_mac(intake.pepper, wave, code) for code in codes}
    if len(macs) != number:  # two equal draws of 60 bits: as good as never
        return issue_codes(intake, wave, class_id, number)
    rows = [
        {"code_mac": m, "wave_id": wave, "class_id": class_id, "spent": 0, "replay_mac": None} for m in sorted(macs)
    ]
    with intake.store.shelf(wave, intake.store.shelf_of(label.school_id)) as connection:
        void_class(connection, class_id)
        if rows:
            connection.execute(insert(schema.access_code), rows)
    secrets.SystemRandom().shuffle(codes)
    return codes


def void_unspent(intake: Intake, wave: str, class_id: str) -> int:
    """Make the class's unspent codes worthless; how many there were."""
    label = check_issuing(intake, wave, class_id)
    with intake.store.shelf(wave, intake.store.shelf_of(label.school_id)) as connection:
        return void_class(connection, class_id)


def void_class(connection: Connection, class_id: str) -> int:
    """Void is spent without a reply. The MAC stays, so that a code is never issued again."""
    table = schema.access_code
    query = update(table).where(table.c.class_id == class_id, table.c.spent == 0).values(spent=1)
    return connection.execute(query).rowcount


def check_issuing(intake: Intake, wave: str, class_id: str) -> ClassLabel:
    if read_wave(intake, wave).state != OPEN:
        raise WaveFault("codes are issued and voided while a wave is open", where=wave)
    return label_of(intake, wave, class_id)


def label_of(intake: Intake, wave: str, class_id: str) -> ClassLabel:
    query = select(schema.class_label).where(schema.class_label.c.class_id == class_id)
    with intake.store.book(wave) as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise WaveFault("this class isn't of the wave", where=class_id)
    return ClassLabel(**row)


def has_codes(intake: Intake, wave: str, class_id: str) -> bool:
    """Whether codes were ever issued to this class: known to whoever printed them, so it tells nothing new."""
    label = label_of(intake, wave, class_id)
    query = select(schema.access_code.c.class_id).where(schema.access_code.c.class_id == class_id).limit(1)
    with intake.store.shelf(wave, intake.store.shelf_of(label.school_id)) as connection:
        return connection.execute(query).first() is not None


def code_counts(intake: Intake, wave: str, class_id: str) -> tuple[int, int, int]:
    """(issued, spent, void) of one class after close; before it, WaveFault: a count of a class is a result."""
    check_closed(intake, wave)
    label = label_of(intake, wave, class_id)
    table = schema.access_code.c
    is_void = (table.spent == 1) & table.replay_mac.is_(None)
    void = func.coalesce(func.sum(case((is_void, 1), else_=0)), 0)
    spent = func.coalesce(func.sum(case((table.replay_mac.is_not(None), 1), else_=0)), 0)
    query = select(func.count(), spent, void).where(table.class_id == class_id)
    with intake.store.shelf(wave, intake.store.shelf_of(label.school_id)) as connection:
        issued, used, voided = connection.execute(query).one()
    return int(issued), int(used), int(voided)
