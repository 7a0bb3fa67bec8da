"""A wave from code to wipe as two users without a shared folder: every count is the same all the way."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from two_users import User, are_two, carry, two_users

from pipelines.settings import ROOT
from pipelines.simulate import write_city

WAVE = "2025-1"
PASSPHRASE = "eight quiet geese cross the lake"
HAND_IN = """
import sys
from pathlib import Path
from pipelines.waves.rehearsal import rehearse
from survey.intake import close_intake, open_intake
intake = open_intake()
done = rehearse(intake, sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
close_intake(intake)
assert set(map(str, done)) == {"Outcome.STORED"}, done
print(sum(done.values()))
"""
COUNTS = """
import json, sys
from pipelines.contracts import wave_schema
from pipelines.microdata import open_microdata
with open_microdata() as connection:
    schema = wave_schema(sys.argv[1])
    queries = [f'SELECT count(*) FROM "{schema}".raw_submission', f'SELECT count(*) FROM "{schema}".raw_apart']
    if sys.argv[2] == "counted":
        totals = ", ".join(f"sum({name})::BIGINT" for name in ("submitted", "blanks", "r"))
        queries.append(f"SELECT {totals} FROM core_class_wave_response")
    print(json.dumps([n for query in queries for n in connection.execute(query).fetchone()]))
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three schools, 2,492 sheets."""
    folder = tmp_path_factory.mktemp("city")
    write_city(folder, schools=3, waves=1, seed=5)
    return folder


@pytest.mark.long
def test_three_hundred_sheets_from_code_to_wipe(city: Path) -> None:
    with two_users() as (survey, analysis):
        assert live_through(city, survey, analysis, 300) == "wiped"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_whole_wave_through_the_form(city: Path) -> None:
    with two_users() as (survey, analysis):
        assert live_through(city, survey, analysis, 2_492, whole=True) == "wiped"


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_whole_wave_through_the_form_on_postgresql(city: Path, postgres_url: str) -> None:
    with two_users(postgres_url) as (survey, analysis):
        assert live_through(city, survey, analysis, 2_492, whole=True) == "wiped"


def live_through(city: Path, survey: User, analysis: User, sheets: int, *, whole: bool = False) -> str:
    """The wave's last state: key, open, hand in, close, load, wipe; `whole`: over HTTP, and on to a release.

    Each count is held against the last.
    """
    key, public = analysis.home / "wave.key", analysis.home / "wave.pub"
    new = ["key", "new", WAVE, "--out", key, "--public", public]
    analysis.run(["registry", "import", lists_of(city, analysis)], new, passphrase=PASSPHRASE)
    days = ["--opens", date.today(), "--closes", date.today() + timedelta(days=1)]
    start = ["wave", "open", WAVE, "--key", carry(public, survey), *days]
    _, opened = survey.run(["registry", "import", lists_of(city, survey)], start)
    assert hand_in(city, survey, sheets, by_form=whole) == sheets

    finish = ["wave", "close", WAVE, "--out", survey.home / "wave.bundle"]
    status, closed = survey.run(["wave", "status", WAVE, "--out", survey.home / "published"], finish)
    assert sum(status["waves"][0]["classes"].values()) == opened["classes"]
    assert closed["sheets"] == closed["apart"] == sheets

    bundle, receipt = carry(survey.home / "wave.bundle", analysis), analysis.home / "wave.receipt"
    load = ["load", bundle, "--key", key, "--receipt", receipt]
    (loaded,) = analysis.run(load, passphrase=PASSPHRASE)
    assert (loaded["read"], loaded["accepted"], loaded["rejected"]) == (sheets, sheets, 0)
    assert loaded["receipt"]["bundle"] == closed["digest"] and loaded["receipt"]["apart_accepted"] == sheets
    if whole:
        (made,) = analysis.run(["run", "--wave", WAVE])
        assert made["responses"] == sheets and made["release"] == f"{WAVE}.1"
    check_counts(analysis, sheets, "counted" if whole else "loaded")

    check_walls(survey, analysis)
    wipe = ["wave", "wipe", WAVE, "--receipt", carry(receipt, survey)]
    wiped, left = survey.run(wipe, ["wave", "status"])
    assert wiped["found"] == 0 and wiped["looked_for"] > 0
    if whole:
        assert "wiped" in survey.refuse("wave", "close", WAVE, "--out", survey.home / "again")
    return str(left["waves"][0]["state"])


def lists_of(city: Path, user: User) -> Path:
    """The class list, in a folder of that host."""
    lists = user.home / "lists"
    lists.mkdir(mode=0o755)
    for name in ("registry.csv", "contacts.csv", "places.csv"):
        (lists / name).write_bytes((city / name).read_bytes())
        (lists / name).chmod(0o644)
    return lists


def hand_in(city: Path, survey: User, sheets: int, *, by_form: bool) -> int:
    """The simulated students, as a process of the survey host's user: at the form, or at the store's own door."""
    files = [carry(city / f"{name}-{WAVE}.parquet", survey) for name in ("responses", "apart")]
    program = [ROOT / "tests" / "form_students.py"] if by_form else ["-c", HAND_IN]
    done = survey.python(*program, WAVE, *files, str(sheets))
    assert done.returncode == 0, done.stderr[-3000:]
    for file in files:
        file.unlink()
    return int(done.stdout)


def check_counts(analysis: User, sheets: int, stage: str) -> None:
    """Opened = stored; and once counted, answers and blanks together are the sheets handed in."""

    done = analysis.python("-c", COUNTS, WAVE, stage)
    assert done.returncode == 0, done.stderr[-3000:]
    stored, apart, *counted = json.loads(done.stdout)
    assert (stored, apart) == (sheets, sheets)
    if counted:
        submitted, blanks, answers = counted
        assert submitted == sheets == blanks + answers and blanks > 0


def check_walls(survey: User, analysis: User) -> None:
    """Neither user can enter the other's home; no private key ever reached the survey host."""
    for user, other in ((survey, analysis), (analysis, survey)):
        done = user.python("-c", "import os, sys; os.listdir(sys.argv[1])", other.home)
        assert "PermissionError" in done.stderr or not are_two()
    names = [path.name for path in survey.home.rglob("*")]
    assert "wave.pub" in names and "wave.key" not in names
