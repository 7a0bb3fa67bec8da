"""`anxin help`: keys are made, doors opened, those who must know are told, and no command shows what a slip says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from help_school import ACCOUNTS, CONTACTS, DISTRICT, PASSPHRASE, SCHOOL, adult_ids
from intake_wave import WAVE, open_small_wave
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from pipelines.commands import help as commands
from pipelines.problems import BadInput, CannotDo
from survey.codes import new_code
from survey.help import adults, keys
from survey.help.app import Desk, keep_slip
from survey.help.letters import Letter
from survey.help.store import help_url, open_store
from survey.help.waiting import count_slips
from survey.help.workdays import load_calendar
from survey.intake import SchoolLabel, close_intake
from survey.settings import SurveySettings, survey_settings


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store that knows one school and its contacts; nobody has a key yet."""
    monkeypatch.setattr(keys, "PASSES", 1)
    monkeypatch.setattr(keys, "MEMORY", 8192)
    monkeypatch.setenv("ANXIN_LANG", "en")
    engine = open_store(help_url(SurveySettings()))
    adults.write_school(engine, SchoolLabel(SCHOOL, "第七中学", DISTRICT, ("jr",), CONTACTS))
    return engine


def anxin_help(*words: str, typed: str = f"{PASSPHRASE}\n") -> Result:
    done = CliRunner().invoke(commands.app, list(words), input=typed)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def add_all() -> None:
    for name, account in ACCOUNTS.items():
        second = ["--second"] if account == "zhou" else []
        anxin_help("adult", "add", SCHOOL, name, "--account", account, *second)


def write(store: Engine, day: date) -> None:
    door = adults.find_door(store, SCHOOL)
    letter = Letter("有人在厕所堵我", "王同学")
    keep_slip(Desk(store, today=lambda: day), door, new_code(), letter, {adult_ids(store)["林老师"]})


def test_schools_come_from_the_open_wave(store: Engine) -> None:
    """The survey host has no other class list."""
    close_intake(open_small_wave(survey_settings().intake).intake)
    assert "3 schools" in anxin_help("schools", "--wave", WAVE).output
    assert {person.name for person in adults.find_door(store, "s2").adults} == {"王老师", "李老师", "12355"}


def test_a_door_opens_when_everybody_has_a_key(store: Engine) -> None:
    anxin_help("adult", "add", SCHOOL, "心理老师", "--account", "lin")
    with pytest.raises(BadInput, match=r"lacks 2 adults at school .* telephone numbers only") as caught:
        anxin_help("open", SCHOOL)
    assert caught.value.exit_code == 2 and "anxin help adult add" in caught.value.next_step
    for name in ("周老师", "安全科"):
        anxin_help(
            "adult", "add", SCHOOL, name, "--account", ACCOUNTS[name], *(["--second"] if name == "周老师" else [])
        )
    assert "open" in anxin_help("open", SCHOOL).output and adults.find_door(store, SCHOOL).is_open
    anxin_help("close", SCHOOL)
    assert not adults.find_door(store, SCHOOL).is_open


def test_whoever_makes_a_key_is_told_what_a_lost_passphrase_means(store: Engine) -> None:
    done = anxin_help("adult", "add", SCHOOL, "林老师", "--account", "lin")
    assert "can't be recovered" in done.output and "second adult" in done.output
    assert PASSPHRASE not in done.output
    assert "second adult" in anxin_help("adult", "renew", SCHOOL, "林老师", typed="another sentence\n").output


def test_a_passphrase_is_changed_with_the_old_one(store: Engine) -> None:
    add_all()
    anxin_help("adult", "passphrase", SCHOOL, "林老师", typed=f"{PASSPHRASE}\na newer sentence\n")
    with pytest.raises(BadInput, match="not the passphrase"):
        anxin_help("adult", "passphrase", SCHOOL, "林老师", typed=f"{PASSPHRASE}\na newer sentence\n")


def test_the_list_says_who_has_a_key(store: Engine) -> None:
    add_all()
    document = json.loads(anxin_help("adult", "list", SCHOOL, "--json").output)
    assert document["lacks"] == [] and sum(person["has_key"] for person in document["adults"]) == 3
    anxin_help("adult", "second", SCHOOL, "林老师")
    assert "lacks" in anxin_help("adult", "close", SCHOOL, "林老师").output


def test_status_and_notices_have_counts_and_people_only(store: Engine, tmp_path: Path) -> None:
    add_all()
    anxin_help("open", SCHOOL)
    anxin_help("lead", "wei", "--name", "基础教育科", "--phone", "010-5550200", "--district", DISTRICT)
    write(store, date(2026, 3, 2))
    status = anxin_help("status", "--json").output
    (school,) = json.loads(status[status.index("{") :])["schools"]
    assert (school["unopened"], school["waiting"]) == (1, 1)
    told = tmp_path / "notices.tsv"
    anxin_help("notices", "--file", str(told))
    lines = [line.split("\t") for line in told.read_text(encoding="utf-8").splitlines()]
    assert [line[0] for line in lines] == ["wei", "lin", "zhou", "chen"]
    assert all(len(line) == 4 for line in lines)
    assert "厕所" not in status + told.read_text(encoding="utf-8")


def test_purge_destroys_what_is_older(store: Engine) -> None:
    add_all()
    anxin_help("open", SCHOOL)
    write(store, date(2026, 3, 2))
    assert "1 slips" in anxin_help("purge", "--before", "2026-03-03").output
    assert count_slips(store, date(2026, 3, 2), load_calendar())[0].unopened == 0


def test_a_year_without_holidays_is_said(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2031, 5, 5)

    monkeypatch.setattr(commands, "date", Later)
    assert "no holiday table for 2031" in anxin_help("status").output


def test_a_store_out_of_reach_is_one_clear_line(home: Path, store: Engine) -> None:
    store.dispose()
    (home / "help" / "help.sqlite").write_bytes(b"not a database in any way at all" * 40)
    with pytest.raises(CannotDo, match="help store"):
        anxin_help("status")
