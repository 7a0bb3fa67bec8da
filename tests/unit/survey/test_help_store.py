"""The help store, on SQLite and on a real PostgreSQL server: doors, keys, slips, what waits, what is gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from help_school import ACCOUNTS, CONTACTS, DISTRICT, PASSPHRASE, SCHOOL, SECOND, adult_ids, write_school
from sqlalchemy import Engine, func, inspect, select, update
from sqlalchemy.exc import ProgrammingError

from dashboard import help as other_side
from dashboard.settings import settings as dashboard_settings
from dashboard.viewer import Viewer
from pipelines.contracts import load_contracts
from survey.codes import new_code
from survey.help import adults, keys
from survey.help.app import Desk, keep_slip
from survey.help.letters import Letter
from survey.help.problems import HelpRefused
from survey.help.rights import grant_statements
from survey.help.store import delete_slips, help_url, open_store, read_received
from survey.help.tables import METADATA, box, slip
from survey.help.waiting import count_slips, list_notices
from survey.help.workdays import load_calendar
from survey.intake import SchoolLabel
from survey.settings import SurveySettings

MONDAY = date(2026, 3, 2)
LIN = Viewer("lin", "counselor", SCHOOL)
SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgres"])
def store(
    request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch, cheap_keys: None
) -> Iterator[Engine]:
    """The store of both islands, found by ANXIN_HOME or by ANXIN_HELP_URL."""
    if request.param == "postgres":
        monkeypatch.setenv("ANXIN_HELP_URL", request.getfixturevalue("postgres_url"))
    dashboard_settings.cache_clear()
    engine = open_store(help_url(SurveySettings()))
    write_school(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "PASSES", 1)
    monkeypatch.setattr(keys, "MEMORY", 8192)


def write(store: Engine, *names: str, day: date = MONDAY, code: str = "", school: str = SCHOOL) -> str:
    door, code = adults.find_door(store, school), code or new_code()
    chosen = {adult_ids(store, school)[name] for name in names}
    keep_slip(Desk(store, today=lambda: day), door, code, Letter("有人堵我", "三楼"), chosen)
    return code


def slips_of(account: str, passphrase: str = PASSPHRASE) -> list[other_side.Slip]:
    mailboxes = other_side.find_mailboxes(Viewer(account, "counselor", SCHOOL))
    return other_side.list_slips(mailboxes, other_side.unlock(mailboxes, passphrase))


def number_of_slips(store: Engine) -> int:
    with store.connect() as connection:
        return len(connection.execute(select(slip.c.slip_id)).all())


def test_the_tables_are_what_the_contracts_declare(store: Engine) -> None:
    """A column that is not declared (an hour, an address) could tell who wrote."""
    contracts, found = load_contracts("help_"), inspect(store)
    assert set(found.get_table_names()) == set(contracts) == set(METADATA.tables)
    kinds = {"text": ("VARCHAR",), "blob": ("BLOB", "BYTEA"), "date": ("DATE",), "boolean": ("BOOLEAN",)}
    for name, contract in contracts.items():
        columns = {column["name"]: column for column in found.get_columns(name)}
        assert list(columns) == list(contract.columns)
        for column, spec in contract.columns.items():
            assert str(columns[column]["type"]) in kinds[spec.type], (name, column)
            assert columns[column]["nullable"] == (not spec.required), (name, column)
        assert set(found.get_pk_constraint(name)["constrained_columns"]) == set(contract.key)


def test_the_dashboard_names_only_declared_columns() -> None:
    contracts = load_contracts("help_")
    for table in (other_side.SCHOOL, other_side.ADULT, other_side.LETTERS, other_side.BOX, other_side.ANSWERS):
        assert {column.name for column in table.columns} <= set(contracts[table.name].columns)


def test_a_slip_goes_to_those_ticked_and_to_the_second_adult(store: Engine) -> None:
    write(store, "安全科")
    assert [len(slips_of(account)) for account in ("lin", "zhou", "chen")] == [0, 1, 1]
    letter = other_side.open_slip(LIN, slips_of("chen")[0])
    assert (letter.text, letter.other) == ("有人堵我", "三楼")


def test_the_child_reads_the_answer_with_the_code_and_nobody_else_does(store: Engine) -> None:
    code = write(store, "林老师")
    received = read_received(store, SCHOOL, code)
    assert received is not None and not received.is_opened and received.answers == ()
    held = slips_of("lin")[0]
    other_side.open_slip(LIN, held)
    other_side.write_answer(held, "我在知行楼等你")
    received = read_received(store, SCHOOL, code)
    assert received is not None and received.is_opened
    assert [letter.text for _, letter in received.answers] == ["我在知行楼等你"]
    assert read_received(store, SCHOOL, new_code()) is None
    assert read_received(store, "S99", code) is None


def test_the_same_form_sent_twice_is_one_slip(store: Engine) -> None:
    """The reply was lost, the child presses again."""
    code = write(store, "林老师")
    write(store, "林老师", code=code)
    assert number_of_slips(store) == 1


def test_every_slip_has_a_box_for_every_adult(store: Engine) -> None:
    """So that the store doesn't tell whom a child trusts, or avoids."""
    write(store, "林老师")
    write(store, "安全科", "周老师")
    with store.connect() as connection:
        rows = connection.execute(select(box)).all()
    readers = {adult_ids(store)[name] for name in ACCOUNTS}
    assert sorted(row.adult_id for row in rows) == sorted([*readers, *readers])
    assert {len(row.box) for row in rows} == {80}


def test_opening_is_a_day_and_the_first_one_stays(store: Engine) -> None:
    write(store, "林老师")
    assert other_side.count_waiting([SCHOOL])[0].late == 1, "since March"
    other_side.open_slip(LIN, slips_of("lin")[0])
    assert other_side.count_waiting([SCHOOL]) == []
    with store.begin() as connection:
        connection.execute(update(slip).values(opened_on=MONDAY))
    other_side.open_slip(LIN, slips_of("zhou")[0])
    assert slips_of("lin")[0].opened_on == MONDAY


def test_a_handed_slip_waits_for_the_second_adult_at_once(store: Engine) -> None:
    write(store, "林老师")
    held = slips_of("lin")[0]
    other_side.open_slip(LIN, held)
    other_side.hand_over(held)
    assert {row.account: row.reason for row in list_notices(store, MONDAY, load_calendar())}["zhou"] == "second"
    assert other_side.count_waiting([SCHOOL])[0].handed == 1


def test_after_one_school_day_the_second_adult_and_the_lead_are_told(store: Engine) -> None:
    adults.write_lead(store, "wei", "基础教育科", "010-5550200", DISTRICT)
    adults.write_lead(store, "other", "别的区", "010-5550201", "D9")
    adults.write_lead(store, "all", "局办公室", "010-5550202")
    write(store, "林老师")
    calendar = load_calendar()

    def told(day: date) -> dict[str, str]:
        return {row.account: row.reason for row in list_notices(store, day, calendar)}

    assert told(date(2026, 3, 3)) == {"lin": "new", "zhou": "new", "chen": "new"}
    late = {"wei": "lead", "all": "lead", "lin": "new", "zhou": "second", "chen": "new"}
    assert told(date(2026, 3, 4)) == late
    other_side.open_slip(LIN, slips_of("lin")[0])
    assert told(date(2026, 3, 4)) == {}


def test_status_counts_schools_without_content(store: Engine) -> None:
    write(store, "林老师")
    write(store, "安全科", day=date(2026, 3, 4))
    (row,) = count_slips(store, date(2026, 3, 4), load_calendar())
    assert (row.school_id, row.is_open, row.unopened, row.waiting, row.handed) == (SCHOOL, True, 2, 1, 0)


def test_a_school_with_too_few_adults_is_refused_by_name(store: Engine) -> None:
    adults.write_school(store, SchoolLabel("S09", "云岭初级中学", "D2", ("jr",), CONTACTS[1:]))
    with pytest.raises(HelpRefused, match=r"S09 lacks 2 adults at school with a key \(there are 0\).*numbers only"):
        adults.open_door(store, "S09")
    assert not adults.find_door(store, "S09").is_open


def test_a_door_closes_by_itself_when_an_adult_leaves(store: Engine) -> None:
    """Nobody has to remember to close it; a new class list without the counselor does the same."""
    assert adults.close_adult(store, SCHOOL, "林老师") != []
    assert not adults.find_door(store, SCHOOL).is_open
    adults.write_school(store, SchoolLabel(SCHOOL, "第七中学", DISTRICT, ("jr",), CONTACTS))
    assert adults.find_door(store, SCHOOL).is_open
    adults.write_school(store, SchoolLabel(SCHOOL, "第七中学", DISTRICT, ("jr",), CONTACTS[1:]))
    assert not adults.find_door(store, SCHOOL).is_open


def test_who_left_can_still_open_what_was_written(store: Engine) -> None:
    write(store, "林老师")
    adults.close_adult(store, SCHOOL, "林老师")
    assert len(slips_of("lin")) == 1


def test_contacts_are_updated_and_keys_stay(store: Engine) -> None:
    before = adult_ids(store)
    moved = [CONTACTS[0].__class__("心理老师", "林老师", "010-5550177", "新楼", "", False), *CONTACTS[1:]]
    adults.write_school(store, SchoolLabel(SCHOOL, "第七中学（新）", DISTRICT, ("jr",), tuple(moved)))
    door = adults.find_door(store, SCHOOL)
    assert adult_ids(store) == before and door.name == "第七中学（新）" and door.is_open
    assert next(person.phone for person in door.adults if person.name == "林老师") == "010-5550177"


def test_one_account_has_one_key_for_all_its_schools(store: Engine) -> None:
    """An office outside serves many schools: one passphrase opens them all, another is refused."""
    adults.write_school(store, SchoolLabel("S04", "江畔高级中学", DISTRICT, ("sr",), CONTACTS))
    with pytest.raises(HelpRefused, match="not the passphrase"):
        adults.add_adult(store, "S04", "安全科", "chen", "quite another sentence")
    adults.add_adult(store, "S04", "安全科", "chen", PASSPHRASE)
    assert len(other_side.find_mailboxes(Viewer("chen", "bureau", ""))) == 2
    adults.change_passphrase(store, SCHOOL, "安全科", PASSPHRASE, "a sentence that is new")
    write(store, "安全科")
    assert len(slips_of("chen", "a sentence that is new")) == 1


def test_a_new_passphrase_keeps_old_slips_and_a_new_key_does_not(store: Engine) -> None:
    """A lost passphrase: slips so far stay readable for the second adult."""
    write(store, "林老师")
    adults.change_passphrase(store, SCHOOL, "林老师", PASSPHRASE, "a sentence that is new")
    assert len(slips_of("lin", "a sentence that is new")) == 1
    with pytest.raises(other_side.WrongPassphrase):
        slips_of("lin")
    adults.renew_key(store, SCHOOL, "林老师", "yet another sentence")
    assert slips_of("lin", "yet another sentence") == [] and len(slips_of("zhou")) == 1
    write(store, "林老师")
    assert len(slips_of("lin", "yet another sentence")) == 1


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda store: adults.add_adult(store, SCHOOL, "林老师", "lin", PASSPHRASE), "has a key already"),
        (lambda store: adults.add_adult(store, SCHOOL, "门卫室", "", PASSPHRASE), "in the dashboard"),
        (lambda store: adults.add_adult(store, SCHOOL, "无此人", "x", PASSPHRASE), "0 contacts called"),
        (lambda store: adults.add_adult(store, "S77", "林老师", "lin", PASSPHRASE), "doesn't know the school S77"),
        (lambda store: adults.change_passphrase(store, SCHOOL, "门卫室", "a", "b"), "has no key yet"),
        (lambda store: adults.change_passphrase(store, SCHOOL, "林老师", "wrong wrong", "long enough"), "not the pass"),
    ],
)
def test_wrong_use_is_refused_with_a_sentence(store: Engine, call, rule: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(HelpRefused, match=rule):
        call(store)


def test_the_second_adult_can_change(store: Engine) -> None:
    write(store, "安全科")
    adults.set_second(store, SCHOOL, "心理老师")
    write(store, "安全科")
    assert [len(slips_of(account)) for account in ("lin", "zhou")] == [1, 1], "each has those of their own time"
    assert adults.find_door(store, SCHOOL).second.name == "林老师" != SECOND  # type: ignore[union-attr]


def test_old_slips_are_destroyed_whole(store: Engine) -> None:
    code = write(store, "林老师")
    other_side.write_answer(slips_of("lin")[0], "好")
    write(store, "林老师", day=date(2026, 4, 1))
    assert delete_slips(store, date(2026, 4, 1)) == 1
    assert number_of_slips(store) == 1 and read_received(store, SCHOOL, code) is None
    with store.connect() as connection:
        assert len(connection.execute(select(box)).all()) == 3


def test_many_children_at_once_lose_nothing(store: Engine) -> None:
    """The store is rewritten after every slip, while others write and an adult reads."""
    with ThreadPoolExecutor(12) as pool:
        writing = [pool.submit(write, store, "林老师") for _ in range(24)]
        reading = [pool.submit(slips_of, "lin") for _ in range(6)]
        codes = {done.result() for done in writing}
        assert all(len(done.result()) <= 24 for done in reading)
    assert len(codes) == number_of_slips(store) == len(slips_of("lin")) == 24


def test_form_and_dashboard_can_each_do_their_part_and_no_more(postgres_url: str, cheap_keys: None) -> None:
    """Whoever breaks into the form's process finds no key to guess at, and no slip; the dashboard forges none."""
    owner = open_store(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    write_school(owner)
    form, desk = (f"r{secrets.token_hex(4)}" for _ in range(2))
    with owner.begin() as connection:
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
        for role in (form, desk):
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
            connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA "{schema}" TO {role}')
        for statement in grant_statements(form, desk):
            connection.exec_driver_sql(statement)
    as_form, as_desk = (open_store(str(owner.url.set(username=role))) for role in (form, desk))
    code = write(as_form, "林老师")
    assert read_received(as_form, SCHOOL, code) is not None
    refused = [
        (as_form, "SELECT private_key FROM help_adult"),
        (as_form, "SELECT letter FROM help_slip"),
        (as_form, "SELECT box FROM help_box"),
        (as_form, "UPDATE help_adult SET second = true"),
        (as_desk, "UPDATE help_slip SET letter = ''"),
        (as_desk, "DELETE FROM help_slip"),
        (as_desk, "INSERT INTO help_box VALUES ('', '', '')"),
    ]
    for engine, statement in refused:
        with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with as_desk.begin() as connection:
        connection.exec_driver_sql("UPDATE help_slip SET opened_on = current_date")
        assert connection.execute(select(func.count()).select_from(box)).scalar() == 3


@pytest.mark.parametrize("role", ['a"; DROP TABLE help_slip; --', "", "two words"])
def test_a_role_is_a_name(role: str) -> None:
    with pytest.raises(HelpRefused, match="not a role"):
        grant_statements("form", role)


@SQLITE
def test_a_rewrite_leaves_no_copy_in_a_temporary_folder(store: Engine) -> None:
    """VACUUM would build its copy of every slip and key there; PostgreSQL rewrites within its own folder."""
    with store.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 2, "memory"


@SQLITE
def test_the_file_is_its_owners_alone(store: Engine, home: Path) -> None:
    path = home / "help" / "help.sqlite"
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    assert [held.name for held in path.parent.iterdir()] == ["help.sqlite"], "no journal is left beside it"


def test_adults_who_share_a_name_are_told_apart_by_role(monkeypatch: pytest.MonkeyPatch, store: Engine) -> None:
    """In a school with two teachers Li nobody could be given a key."""
    known = adults.find_door(store, SCHOOL).adults
    door = replace(adults.find_door(store, SCHOOL), adults=tuple(replace(person, name="李老师") for person in known))
    monkeypatch.setattr(adults, "find_door", lambda *_: door)
    with pytest.raises(HelpRefused, match="contacts called"):
        adults.find_adult(store, SCHOOL, "李老师")
    assert [adults.find_adult(store, SCHOOL, f"{person.role} 李老师").adult_id for person in known] == [
        person.adult_id for person in known
    ]
