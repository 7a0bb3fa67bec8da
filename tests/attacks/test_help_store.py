"""A stolen help store: what a thief with the whole database, its leftovers and the code can learn.

What remains open to such a thief, and is said in the contracts: how many slips a school had on which day, on which
day each was opened or handed over, and how many answers it got; and, for whoever guesses an adult's passphrase
(Argon2id stands before each guess), that adult's slips. On the disk itself the inode's time of change tells when the
store was last written; PostgreSQL's write-ahead log keeps the order of writing until it is recycled. A malicious live
server sees a slip while it is handed in.
"""

from __future__ import annotations

import math
import random
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import combinations
from pathlib import Path

import psycopg
import pytest
from help_school import ACCOUNTS, PASSPHRASE, SCHOOL, adult_ids, write_school
from sqlalchemy import Engine, select

from dashboard import help as desk_side
from dashboard.settings import settings as dashboard_settings
from dashboard.viewer import Viewer
from survey.codes import new_code
from survey.help import adults, keys, letters
from survey.help.app import Desk, keep_slip
from survey.help.letters import Letter, receipt_keys
from survey.help.store import help_url, open_store
from survey.help.tables import METADATA, answer, box, slip
from survey.settings import SurveySettings

DAY = date(2026, 3, 2)
SECRETS = ("秘密甲在厕所", "找我在三楼乙", "回信丙明天见")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for module, name, value in ((keys, "PASSES", 1), (keys, "MEMORY", 8192), (letters, "CODE_PASSES", 1)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(letters, "CODE_MEMORY", 8192)
    if request.param == "postgres":
        monkeypatch.setenv("ANXIN_HELP_URL", request.getfixturevalue("postgres_url"))
    dashboard_settings.cache_clear()
    engine = open_store(help_url(SurveySettings()))
    write_school(engine)
    yield engine
    engine.dispose()


def write(store: Engine, names: set[str], text: str = SECRETS[0], reach: str = SECRETS[1]) -> str:
    code = new_code()
    chosen = {adult_ids(store)[name] for name in names}
    keep_slip(Desk(store, today=lambda: DAY), adults.find_door(store, SCHOOL), code, Letter(text, reach), chosen)
    return code


def stolen_bytes(store: Engine) -> bytes:
    """Everything a thief carries off: the files, or every row of every table."""
    if store.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in Path(store.url.database or "").parent.iterdir())
    with store.connect() as connection:
        rows = [connection.execute(select(table)).all() for table in METADATA.tables.values()]
    return b"".join(
        value if isinstance(value, bytes) else str(value).encode() for rs in rows for r in rs for value in r
    )


def test_nothing_said_and_no_code_stands_in_a_stolen_store(store: Engine) -> None:
    code = write(store, {"林老师"})
    mailboxes = desk_side.find_mailboxes(Viewer("lin", "counselor", SCHOOL))
    (held,) = desk_side.list_slips(mailboxes, desk_side.unlock(mailboxes, PASSPHRASE))
    desk_side.open_slip(Viewer("lin", "counselor", SCHOOL), held)
    desk_side.write_answer(held, SECRETS[2])
    stolen = stolen_bytes(store)
    assert [text for text in (*SECRETS, code, PASSPHRASE) if text.encode() in stolen] == []
    assert held.key not in stolen and receipt_keys(code, adults.find_door(store, SCHOOL).salt)[1] not in stolen
    assert "林老师".encode() in stolen, "the search finds what is there"


def test_whom_a_child_ticked_leaves_no_trace(store: Engine) -> None:
    """Every choice a child can make gives the same rows of the same lengths."""
    people = list(ACCOUNTS)
    choices = [set(chosen) for n in (1, 2, 3) for chosen in combinations(people, n)]
    shapes = []
    for chosen in choices:
        code = write(store, chosen, text="x" * random.randrange(1000), reach="y" * random.randrange(100))
        slip_id = receipt_keys(code, adults.find_door(store, SCHOOL).salt)[0]
        with store.connect() as connection:
            row = connection.execute(select(slip).where(slip.c.slip_id == slip_id)).one()
            boxes = connection.execute(select(box).where(box.c.slip_id == slip_id).order_by(box.c.adult_id)).all()
        shapes.append((len(row.letter), len(row.child_box), row.written_on, [(b.adult_id, len(b.box)) for b in boxes]))
    assert all(shape == shapes[0] for shape in shapes)


def test_slips_and_answers_have_one_length(store: Engine) -> None:
    write(store, {"林老师"}, text="救")
    write(store, {"林老师"}, text="救" * 1000, reach="我" * 100)
    mailboxes = desk_side.find_mailboxes(Viewer("lin", "counselor", SCHOOL))
    for held, text in zip(
        desk_side.list_slips(mailboxes, desk_side.unlock(mailboxes, PASSPHRASE)), ("好", "好" * 1000), strict=True
    ):
        desk_side.write_answer(held, text)
    with store.connect() as connection:
        lengths = {len(row.letter) for table in (slip, answer) for row in connection.execute(select(table.c.letter))}
    assert lengths == {letters.LETTER_LENGTH}


def test_no_two_slips_share_anything(store: Engine) -> None:
    """The same words from the same child twice: no id, nonce, key or box in common."""
    for _ in range(2):
        write(store, {"林老师"})
    with store.connect() as connection:
        rows = [list(row) for row in connection.execute(select(slip.c.slip_id, slip.c.letter, slip.c.child_box))]
        boxes = [row.box for row in connection.execute(select(box.c.box))]
    pieces = [piece[start : start + 24] for row in rows for piece in row for start in (0, 16)] + boxes
    assert len({bytes(piece) for piece in pieces if piece}) == len([piece for piece in pieces if piece])


def test_places_of_rows_do_not_tell_the_order_of_writing(store: Engine) -> None:
    """Kendall's tau between the order of writing and of the stored rows; chance fails this once in 50,000 runs."""
    salt = adults.find_door(store, SCHOOL).salt
    written = [receipt_keys(write(store, {"林老师"}), salt)[0] for _ in range(24)]
    order = ORDERS[store.dialect.name](store)
    assert sorted(order) == sorted(written)
    spread = math.sqrt(2 * (2 * 24 + 5) / (9 * 24 * 23))
    assert abs(tau([order.index(slip_id) for slip_id in written])) < 4.3 * spread


def test_the_file_s_time_tells_no_lesson(store: Engine) -> None:
    """A copy keeps the time of writing: with the timetable it is the class that sat at the computers."""
    write(store, {next(iter(ACCOUNTS))})
    if store.dialect.name == "sqlite":
        path = Path(store.url.database or "")
        for place in (path, path.parent):
            written = datetime.fromtimestamp(place.stat().st_mtime)
            assert (written.date(), written.time()) == (date.today(), time())


def test_control_an_ordinary_table_tells_the_order(tmp_path: Path) -> None:
    """The measure above sees an order where there is one."""
    plain = sqlite3.connect(tmp_path / "plain.sqlite")
    plain.execute("CREATE TABLE help_slip (slip_id BLOB PRIMARY KEY, letter BLOB)")
    written = [random.randbytes(16) for _ in range(24)]
    for slip_id in written:
        plain.execute("INSERT INTO help_slip VALUES (?, ?)", (slip_id, random.randbytes(4000)))
    plain.commit()
    plain.close()
    order = order_in_file(tmp_path / "plain.sqlite", written)
    assert tau([order.index(slip_id) for slip_id in written]) > 0.9


def tau(ranks: list[int]) -> float:
    pairs = list(combinations(ranks, 2))
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs)


def order_in_file(path: Path, pieces: list[bytes]) -> list[bytes]:
    """Pieces in the order of their places in the file."""
    content = path.read_bytes()
    return sorted(pieces, key=content.rfind)


def sqlite_order(store: Engine) -> list[bytes]:
    with store.connect() as connection:
        # A long row's end lies on pages of its own, which are taken in the order of writing.
        ends = {row.letter[-24:]: row.slip_id for row in connection.execute(select(slip.c.letter, slip.c.slip_id))}
    return [ends[end] for end in order_in_file(Path(store.url.database or ""), list(ends))]


def postgres_order(store: Engine) -> list[bytes]:
    """By the hidden columns: which transaction wrote a row, and where it lies."""
    url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT slip_id, xmin::text::bigint FROM help_slip ORDER BY 2, ctid").fetchall()
    assert len({row[1] for row in rows}) == 1, "one transaction for all"
    return [bytes(row[0]) for row in rows]


ORDERS: dict[str, Callable[[Engine], list[bytes]]] = {"sqlite": sqlite_order, "postgresql": postgres_order}


def test_the_form_knows_nothing_of_the_survey() -> None:
    """No shared table, column, key or id: the two stores cannot be joined."""
    from survey.intake.schema import TABLES as INTAKE

    own = {column.name for table in METADATA.tables.values() for column in table.columns}
    survey = {column.name for table in INTAKE.tables.values() for column in table.columns}
    assert set(METADATA.tables).isdisjoint(INTAKE.tables)
    assert own & survey <= {"school_id", "name", "district_id", "public_key"}
