"""`anxin casework`, and what the doctor and the backup know of its store."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from casework_school import ANNA, FRIDAY, a_signal, take
from PIL import Image
from typer.testing import CliRunner

from dashboard.casework import deputies, evidence, signs, store
from dashboard.settings import settings as dashboard_settings
from pipelines.care import stores
from pipelines.care.backup import write_backup
from pipelines.care.restore import restore_backup
from pipelines.cli import app
from pipelines.commands.casework import notice_line
from pipelines.problems import CannotDo
from pipelines.settings import settings


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_LANG", "zh_CN")


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["casework", *words])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def test_sync_says_what_it_did_and_writes_who_to_tell(
    casework: str, show_city: Callable[[str], None], set_day: Callable[[date], None], tmp_path: Path
) -> None:
    """One JSON document; one line a school, the same sentence for all, no class, level or rule in it."""
    show_city("demo")
    file = tmp_path / "notices.tsv"
    done = json.loads(run("sync", "--notices", str(file), "--json"))
    assert done["release"] == "2026-1.1" and done["new"] > 3 and not done["clock_behind"]
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == done["told"] == len({line[0] for line in lines})
    assert {tuple(line[2:]) for line in lines} == {("school", "", "", "有待办事项，请登录")}
    assert json.loads(run("sync", "--json"))["new"] == 0


def test_a_notice_holds_one_line_whatever_a_school_is_called() -> None:
    """A name with tabs, line ends or a formula breaks no line and runs in no spreadsheet."""
    from dashboard.casework.notices import Notice

    line = notice_line(Notice("S1", "=cmd|'/c'!A1\n\tSchool", ("school", "deputy"), "ben", "+86 471 1234567"))
    assert line.split("\t")[1:5] == ["'=cmd|'/c'!A1 School", "school,deputy", "ben", "'+86 471 1234567"]
    assert "\n" not in line


def test_a_clock_behind_and_a_missing_table_are_said(casework: str, set_day: Callable[[date], None]) -> None:
    take(a_signal())
    set_day(date(2024, 3, 1))
    said = run("sync")
    assert "校准时钟" in said and "holidays.yml" in said


def test_a_store_that_cannot_be_used_is_exit_1_with_a_next_step(casework: str, home: Path) -> None:
    store._engine(dashboard_settings().casework_store).dispose()
    (home / "casework" / "casework.sqlite").unlink()
    for words in (["sync"], ["export", str(home / "counts.csv")]):
        problem = CliRunner().invoke(app, ["casework", *words]).exception
        assert isinstance(problem, CannotDo) and problem.exit_code == 1 and problem.next_step
    assert CliRunner().invoke(app, ["casework", "export"]).exit_code == 2


def codes() -> dict[str, str]:
    return {finding.code: finding.level for finding in stores.check_casework()}


def test_the_doctor_says_when_signs_are_no_tasks_yet(
    casework: str, show_city: Callable[[str], None], home: Path
) -> None:
    """Behind, then in order, then lost."""
    show_city("demo")
    assert codes() == {"casework_behind": "weak"}
    run("sync")
    assert codes() == {"casework": "ok"}
    (home / "casework" / "casework.sqlite").unlink()
    assert codes() == {"casework_unreached": "broken"}


def test_where_no_store_was_made_the_doctor_makes_none(home: Path) -> None:
    store.forget()
    assert codes() == {} and not (home / "casework").exists()


@pytest.fixture
def another_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Path]]:
    def move() -> Path:
        folder = tmp_path / "second"
        monkeypatch.setenv("ANXIN_HOME", str(folder))
        for cached in (settings, dashboard_settings):
            cached.cache_clear()
        store.forget()
        return folder

    yield move
    store.forget()


def test_a_backup_takes_records_and_pictures_along(
    casework: str, set_day: Callable[[date], None], tmp_path: Path, another_home: Callable[[], Path]
) -> None:
    """Restored elsewhere: signs, deputies and pictures read the same, and history is still guarded."""
    take(a_signal())
    deputies.set_deputy(ANNA, "ben", "Ben", "", FRIDAY)
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "navy").save(out, "PNG")
    picture = evidence.keep_evidence(ANNA, out.getvalue(), no_faces=True)
    before = signs.list_signs(ANNA), deputies.list_deputies(ANNA), evidence.read_evidence(ANNA, picture.evidence_id)
    write_backup(tmp_path / "backup", FRIDAY)
    another_home()
    restore_backup(tmp_path / "backup", None)
    after = signs.list_signs(ANNA), deputies.list_deputies(ANNA), evidence.read_evidence(ANNA, picture.evidence_id)
    assert before == after
    with store.engine().connect() as connection, pytest.raises(Exception, match="casework is kept"):
        connection.exec_driver_sql("DELETE FROM sign")
