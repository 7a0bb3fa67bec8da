"""The end of a wave on the survey host: everything but its name is destroyed, and looked for afterwards."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import insert, select

from survey.intake import schema
from survey.intake.labels import WIPED, WaveState, WipeProof
from survey.intake.opening import Intake
from survey.intake.waves import check_closed, read_wave

SAMPLE = 500  # of each kind and shelf
NEEDLE = 16  # bytes of a ciphertext: enough to know it again


def wipe_wave(intake: Intake, wave: str) -> WipeProof:
    """Destroy codes, envelopes, labels and meters; keep one row that says the wave was wiped.

    WaveFault while the wave is open. The proof says what was looked for in everything that is left.
    """
    check_closed(intake, wave)
    state = read_wave(intake, wave)
    needles = known_bytes(intake, wave)
    intake.desks.pop(wave, None)
    destroyed = intake.store.destroy(wave)
    leave_name(intake, state)
    through, found = intake.store.search(wave, needles)
    return WipeProof(wave, intake.store.name, destroyed, len(needles), through, found, intake.store.beyond_reach())


def known_bytes(intake: Intake, wave: str) -> list[bytes]:
    """MACs and beginnings of ciphertexts, by which a leftover would be known."""
    found: list[bytes] = []
    for shelf in intake.store.shelves(wave):
        with intake.store.shelf(wave, shelf) as connection:
            columns = (schema.access_code.c.code_mac, schema.sealed.c.ciphertext, schema.apart.c.ciphertext)
            for column in columns:
                found += [bytes(value)[:NEEDLE] for value in islice(connection.scalars(select(column)), SAMPLE)]
    return found


def leave_name(intake: Intake, state: WaveState) -> None:
    row = {
        "wave_id": state.wave,
        "instrument_hash": state.instrument_hash,
        "instrument_json": "",
        "public_key": state.public_key,
        "state": WIPED,
        "opens_on": state.opens,
        "closes_on": state.closes,
    }
    intake.store.prepare(state.wave, [])
    with intake.store.book(state.wave) as connection:
        connection.execute(insert(schema.wave), row)
