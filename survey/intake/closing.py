"""A wave's close: no more posts, codes and envelopes agree, and nothing tells in which order they came."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from survey.intake import schema
from survey.intake.labels import CLOSED, EXPORTED, OPEN, WIPED
from survey.intake.meter import set_final_meters
from survey.intake.opening import Intake
from survey.intake.waves import check_closed, read_wave
from survey.problems import StoreFault, WaveFault


def close_wave(intake: Intake, wave: str) -> None:
    """No more posts: every shelf closes in a transaction of its own, then is rewritten in random order.

    Cut short, it can be run again. StoreFault if codes and envelopes don't agree, or a reader stands in the way.
    """
    if read_wave(intake, wave).state == WIPED:
        raise WaveFault("this wave was wiped", where=wave)
    for shelf in intake.store.shelves(wave):
        with intake.store.shelf(wave, shelf) as connection:
            move(connection, OPEN, CLOSED)
            check_balance(connection, shelf)
        if not intake.store.rewrite(wave, shelf):
            raise StoreFault("a reader keeps the files from being rewritten", where=shelf, next_step="run it again")
    with intake.store.book(wave) as connection:
        move(connection, OPEN, CLOSED)
    set_final_meters(intake, wave)


def move(connection: Connection, before: str, after: str) -> None:
    connection.execute(update(schema.wave).where(schema.wave.c.state == before).values(state=after))


def check_balance(connection: Connection, shelf: str) -> None:
    """As many envelopes of each kind as codes spent: exactly once, seen from the rows themselves.

    One statement, one snapshot: a sheet may still be arriving.
    """
    code = schema.access_code.c
    spent = select(func.count()).where(code.spent == 1, code.replay_mac.is_not(None))
    tables = (schema.sealed, schema.apart)
    counts = [query.scalar_subquery() for query in (spent, *(select(func.count(t.c.envelope_id)) for t in tables))]
    if len(set(connection.execute(select(*counts)).one())) != 1:
        raise StoreFault("spent codes and envelopes differ in number", where=shelf)


def mark_exported(intake: Intake, wave: str) -> None:
    """The bundle is written; from here on the wave may be wiped against a receipt. WaveFault while it is open."""
    check_closed(intake, wave)
    with intake.store.book(wave) as connection:
        move(connection, CLOSED, EXPORTED)
