"""One sheet handed in: spent and stored durably, exactly once, or not at all."""

from __future__ import annotations

import asyncio
import hmac

from survey.codes import code_mac
from survey.instrument import Instrument
from survey.intake.batch import Desk, Job
from survey.intake.labels import WIPED, HandIn, Outcome
from survey.intake.opening import Intake
from survey.intake.waves import read_classes, read_wave
from survey.intake.writer import Work
from survey.problems import NotSaved, SheetFault, WaveFault
from survey.sheets import apart_layout, encode_cells, sheet_layout

LONGEST_WAIT = 20  # seconds, well beyond a busy store; a retry of the same form is safe


async def hand_in(intake: Intake, sheet: HandIn) -> Outcome:
    """Spend the code and store the sealed sheet, durably, exactly once.

    STORED, REPEATED (the same form again: success) or REFUSED, whatever is handed over. NotSaved when the store
    can't write: nothing is promised, and a retry of the same form is safe.
    """
    desk = open_desk(intake, sheet.wave)
    job = build_job(intake, desk, sheet) if desk else None
    if desk is None or job is None:
        return Outcome.REFUSED
    try:
        return await write_job(intake, desk, job)
    except NotSaved:
        if is_wiped(intake, desk):
            return Outcome.REFUSED
        raise


async def write_job(intake: Intake, desk: Desk, job: Job) -> Outcome:
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[Outcome] = loop.create_future()
    intake.writer.put(Work(desk, job, loop, waiting))
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            return await waiting
    except TimeoutError:
        raise NotSaved() from None


def is_wiped(intake: Intake, desk: Desk) -> bool:
    """Whether the store failed because the wave is no longer there; forgets the wave then."""
    try:
        gone = read_wave(intake, desk.wave).state == WIPED
    except WaveFault:
        gone = True
    except NotSaved:
        return False
    if gone:
        intake.desks.pop(desk.wave, None)
    return gone


def open_desk(intake: Intake, wave: str) -> Desk | None:
    """What is known of a wave, read once per process; None where there is no such wave."""
    if not isinstance(wave, str):
        return None
    if wave not in intake.desks:
        try:
            intake.desks[wave] = build_desk(intake, wave)
        except WaveFault:
            return None
    return intake.desks[wave]


def build_desk(intake: Intake, wave: str) -> Desk:
    state = read_wave(intake, wave)
    if not state.instrument_json:
        raise WaveFault("the wave was wiped", where=wave)
    instrument = Instrument.from_json(state.instrument_json)
    classes = {label.class_id: label for label in read_classes(intake, wave)}
    schools = frozenset(label.school_id for label in classes.values())
    return Desk(wave, state.public_key, sheet_layout(instrument), apart_layout(instrument), classes, schools)


def build_job(intake: Intake, desk: Desk, sheet: HandIn) -> Job | None:
    """None for a school that isn't of the wave, and for anything a form of ours never sends."""
    if not isinstance(sheet.school_id, str) or sheet.school_id not in desk.schools:
        return None
    if not isinstance(sheet.code, str) or not isinstance(sheet.band, str) or not isinstance(sheet.replay, bytes):
        return None
    try:
        cells, apart = encode_cells(desk.sheet, sheet.answers), encode_cells(desk.apart, sheet.apart)
    except (SheetFault, AttributeError):
        return None
    mac = code_mac(intake.pepper, desk.wave, sheet.code)
    return Job(sheet.school_id, sheet.band, mac, replay_mac(intake.pepper, mac, sheet.replay), cells, apart)


def replay_mac(pepper: bytes, mac: bytes, replay: bytes) -> bytes:
    """16 bytes that know the same form again. It covers the form's nonce, never an answer."""
    return hmac.digest(pepper, b"replay\0" + mac + replay, "sha256")[:16]
