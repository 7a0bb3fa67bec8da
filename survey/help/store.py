"""The help store: SQLite under home/help, PostgreSQL by ANXIN_HELP_URL. Dates only; rewritten after every slip."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, delete, event, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from survey.help.letters import Letter, SealedSlip, open_answer, receipt_keys
from survey.help.tables import METADATA, SLIPS, answer, box, school, slip
from survey.problems import NotSaved
from survey.settings import SurveySettings

# The journal is deleted and freed pages are overwritten: no log keeps what was written when.
# A rewrite leaves no copy in a temporary folder.
PRAGMAS = ("journal_mode=DELETE", "synchronous=EXTRA", "secure_delete=ON", "temp_store=MEMORY")

REFUSED = "the help store refused to write"


@dataclass(frozen=True)
class Received:
    """What a child reads with the receipt code: whether an adult opened the slip, and the answers by day."""

    is_opened: bool
    answers: tuple[tuple[date, Letter], ...]


def help_url(settings: SurveySettings) -> str:
    """The store's address: ANXIN_HELP_URL, or a SQLite file under home/help."""
    if settings.help_url:
        return settings.help_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return f"sqlite:///{settings.help.resolve()}"


def open_store(url: str) -> Engine:
    """The store's engine, its tables made on first use; a SQLite file is its owner's alone."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if engine.dialect.name != "sqlite":
        METADATA.create_all(engine)
        return engine
    path = Path(engine.url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    event.listen(engine, "connect", _set_pragmas)
    METADATA.create_all(engine)
    return engine


def _set_pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=10000", *PRAGMAS):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def write_slip(store: Engine, school_id: str, sealed: SealedSlip, today: date) -> None:
    """Keep a slip; the same slip again is a success. NotSaved if the store refuses: then nothing was kept."""
    row = {"slip_id": sealed.slip_id, "letter": sealed.letter, "child_box": sealed.child_box}
    boxes = [{"slip_id": sealed.slip_id, "adult_id": adult, "box": held} for adult, held in sealed.boxes.items()]
    try:
        with store.begin() as connection:
            connection.execute(insert(slip).values(school_id=school_id, written_on=today, **row))
            connection.execute(insert(box), boxes)
    except IntegrityError:
        if not _is_known(store, sealed.slip_id):
            raise NotSaved(REFUSED) from None
        return
    except SQLAlchemyError:
        raise NotSaved(REFUSED) from None
    rewrite_store(store)


def _is_known(store: Engine, slip_id: bytes) -> bool:
    with store.connect() as connection:
        return connection.execute(select(slip.c.slip_id).where(slip.c.slip_id == slip_id)).first() is not None


def read_received(store: Engine, school_id: str, code: str) -> Received | None:
    """What waits for the holder of a normalised receipt code; None if no slip has it."""
    with store.connect() as connection:
        salt = connection.execute(select(school.c.salt).where(school.c.school_id == school_id)).scalar()
        if salt is None:
            return None
        slip_id, key = receipt_keys(code, salt)
        held = connection.execute(select(slip.c.child_box, slip.c.opened_on).where(slip.c.slip_id == slip_id)).first()
        if held is None:
            return None
        of_slip = select(answer.c.written_on, answer.c.letter).where(answer.c.slip_id == slip_id)
        rows = connection.execute(of_slip.order_by(answer.c.written_on, answer.c.answer_id)).all()
    letters = tuple((row.written_on, open_answer(key, held.child_box, row.letter)) for row in rows)
    return Received(held.opened_on is not None, letters)


def rewrite_store(store: Engine) -> None:
    """Put the slips' rows anew in the order of their random ids, so that their places tell no order of writing.

    Best effort: a store that is busy, or not this process's to rewrite, is rewritten with the next slip or status.
    """
    try:
        if store.dialect.name == "sqlite":
            with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
            keep_day_only(Path(store.url.database or ""))
            return
        with store.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '500ms'")  # gives up before anyone else has to
            for table in SLIPS:
                _rewrite_table(connection, table)
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in SLIPS:
                connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
    except (SQLAlchemyError, OSError):
        return


def keep_day_only(path: Path) -> None:
    """The file and its folder, which the journal touched, were written today, as slips are: no hour of a lesson.

    The time of the last change of the inode stays on this disk; no copy or backup has it.
    """
    midnight = datetime.combine(date.today(), time()).timestamp()
    for place in (path, path.parent):
        os.utime(place, (midnight, midnight))


def _rewrite_table(connection: Connection, table: Table) -> None:
    """PostgreSQL keeps in hidden columns which transaction wrote a row: all rows get one and the same."""
    connection.exec_driver_sql(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE")
    rows = connection.execute(delete(table).returning(table)).mappings().all()
    if rows:
        connection.execute(insert(table), sorted((dict(row) for row in rows), key=_random_key(table)))


def _random_key(table: Table):  # type: ignore[no-untyped-def]  # a sort key
    names = [column.name for column in table.primary_key]
    return lambda row: tuple(row[name] for name in names)


def delete_slips(store: Engine, before: date) -> int:
    """Destroy slips written before a day, with their boxes and answers; returns how many."""
    old = select(slip.c.slip_id).where(slip.c.written_on < before)
    with store.begin() as connection:
        for table in (answer, box):
            connection.execute(delete(table).where(table.c.slip_id.in_(old)))
        gone = connection.execute(delete(slip).where(slip.c.written_on < before)).rowcount
    rewrite_store(store)
    return gone
