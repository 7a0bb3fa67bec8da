"""The doctor: each weakness is planted, and found; an installation without it is not blamed."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from dashboard.accesslog import note
from dashboard.settings import settings as dashboard_settings
from dashboard.viewer import Viewer
from pipelines.care import doctor, machine, stores
from pipelines.care.finding import LEVELS, Finding
from pipelines.care.show import print_findings
from pipelines.contracts import create_tables
from pipelines.microdata import open_microdata, transaction
from pipelines.microdata.keys import destroy_key
from pipelines.microdata.rest import store_rows
from pipelines.settings import settings
from pipelines.waves.status import WaveStatus
from survey.settings import survey_settings

WAVE, TODAY = "2026-1", date.today()


@pytest.fixture(autouse=True)
def surroundings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ANXIN_LANG", "en")
    survey_settings.cache_clear()
    home.mkdir()
    yield home
    survey_settings.cache_clear()


def levels(findings: Iterator[Finding]) -> dict[str, str]:
    """Code → level."""
    return {finding.code: finding.level for finding in findings}


def open_a_wave() -> None:
    with open_microdata() as connection, transaction(connection):
        create_tables(connection, ["raw_wave"])
        connection.execute(
            f"INSERT INTO raw_wave VALUES ('{WAVE}', 'term', '{'0' * 64}', '{{}}', NULL, 'none', true, '')"
        )
        store_rows(connection, WAVE, "raw_submission", "SELECT 'l' AS load_id FROM range(9)")


def test_answers_past_their_day_are_broken() -> None:
    """On the last day all is well; on the day after, the promise is broken and the exit code says so."""
    open_a_wave()
    assert levels(stores.check_answers(TODAY + timedelta(30)))["answers"] == "ok"
    assert levels(stores.check_answers(TODAY + timedelta(31)))["answers_overdue"] == "broken"


def test_answers_without_key_or_beside_it_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_a_wave()
    assert levels(stores.check_answers(TODAY))["keys_beside"] == "weak"
    monkeypatch.setenv("ANXIN_KEYS", "/dev/shm/anxin-no-such-stick")
    settings.cache_clear()
    found = levels(stores.check_answers(TODAY))
    assert (found["keys_beside"], found["key_missing"]) == ("ok", "weak")
    monkeypatch.delenv("ANXIN_KEYS")
    settings.cache_clear()
    destroy_key(WAVE)
    assert levels(stores.check_answers(TODAY))["key_missing"] == "weak"


def test_a_released_wave_s_answers_may_go(home: Path) -> None:
    open_a_wave()
    (home / "confidential" / "releases").mkdir()
    (home / "confidential" / "releases" / f"{WAVE}.1.duckdb").touch()
    assert levels(stores.check_answers(TODAY))["answers_released"] == "notice"


def test_plain_answers_are_broken() -> None:
    open_a_wave()
    with open_microdata() as connection:
        connection.execute("DROP VIEW wave_2026_1.raw_submission")
        connection.execute("CREATE TABLE wave_2026_1.raw_submission AS SELECT 1 AS hit")
    assert levels(stores.check_answers(TODAY))["plain_answers"] == "broken"


@pytest.mark.parametrize(
    ("state", "closes", "is_loaded", "code"),
    [
        ("open", TODAY, False, "wave"),
        ("open", TODAY - timedelta(1), False, "not_closed"),
        ("closed", TODAY, False, "not_loaded"),
        ("exported", TODAY, False, "not_loaded"),
        ("exported", TODAY, True, "not_wiped"),
        ("wiped", TODAY, True, "wave"),
    ],
)
def test_a_wave_that_stands_still_is_told(
    monkeypatch: pytest.MonkeyPatch, state: str, closes: date, is_loaded: bool, code: str
) -> None:
    """Open past its closing day, closed and not loaded, loaded and not wiped."""
    status = WaveStatus(WAVE, state, TODAY - timedelta(9), closes, ())
    monkeypatch.setattr("pipelines.waves.status.list_status", lambda: [status])
    monkeypatch.setattr(stores, "has_intake", lambda survey: True)
    if is_loaded:
        open_a_wave()
    assert levels(stores.check_waves(TODAY)) == {code: "ok" if code == "wave" else "weak"}


def test_modes_open_to_others_are_found_where_they_can_be_reached(home: Path) -> None:
    """A readable file in a closed folder is no weakness; in an open one it is."""
    (home / "casework").mkdir(mode=0o700)
    (home / "casework" / "dashboard.sqlite").touch(mode=0o644)
    (home / "casework" / "dashboard.sqlite").chmod(0o644)
    assert levels(machine.check_modes(home)) == {"modes": "ok"}
    (home / "casework").chmod(0o755)
    [finding] = machine.check_modes(home)
    assert finding.level == "weak" and "2 files" in finding.what


def test_a_readable_pepper_is_weak(home: Path) -> None:
    pepper = home / "pepper"
    assert levels(machine.check_pepper(pepper)) == {}
    pepper.touch(mode=0o600)
    assert levels(machine.check_pepper(pepper)) == {"pepper": "ok"}
    pepper.chmod(0o640)
    assert levels(machine.check_pepper(pepper)) == {"pepper": "weak"}


@pytest.mark.parametrize(
    ("lines", "level"), [("", "ok"), ("/dev/sda2 partition 1 0 -2\n", "weak"), ("/dev/zram0 partition 1 0 -2\n", "ok")]
)
def test_swap_on_a_disk_is_weak(tmp_path: Path, lines: str, level: str) -> None:
    (tmp_path / "swaps").write_text("Filename Type Size Used Priority\n" + lines)
    assert levels(machine.check_swap(tmp_path / "swaps")) == {"swap": level}
    assert levels(machine.check_swap(tmp_path / "none")) == {"swap_unknown": "notice"}


@pytest.mark.parametrize(
    ("kind", "code", "level"),
    [("tmpfs", "in_memory", "broken"), ("nfs4", "network_disk", "weak"), ("ext4", "file_system", "ok")],
)
def test_a_home_that_a_restart_forgets_is_broken(tmp_path: Path, kind: str, code: str, level: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"root / ext4 rw 0 0\nmine {tmp_path} {kind} rw 0 0\n")
    assert levels(machine.check_file_system(tmp_path, mounts)) == {code: level}


def test_a_full_disk_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((10 << 30, "ok"), (2 << 30, "weak"), (1 << 20, "broken")):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda place, free=free: type("Usage", (), {"free": free}))
        assert levels(machine.check_room(home)) == {"room": level}


@pytest.mark.parametrize(
    ("address", "code", "level"),
    [
        ("http://127.0.0.1:8100", "address_local", "notice"),
        ("http://survey.example.org", "address_plain", "weak"),
        ("https://survey.example.org", "address", "ok"),
    ],
)
def test_an_address_without_encryption_is_weak(address: str, code: str, level: str) -> None:
    assert levels(doctor.check_address(address)) == {code: level}


def test_a_check_that_is_cut_short_is_a_finding_and_the_others_go_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the doctor is what one asks; it must not fall over at the first store."""

    def refuse(today: date) -> Iterator[Finding]:
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr(stores, "check_waves", refuse)
    findings = doctor.examine(TODAY)
    assert findings[0].code == "cut_short" and "No space left" in findings[0].what
    assert len(findings) > 5


def test_several_sides_in_one_home_are_weak(home: Path) -> None:
    assert levels(doctor.check_sides(home)) == {"one_machine": "ok"}
    for name in ("casework", "confidential"):
        (home / name).mkdir()
        (home / name / "file").touch()
    assert levels(doctor.check_sides(home)) == {"one_machine": "ok"}, "a class list alone is no analysis"
    (home / "confidential" / "quality").mkdir()
    (home / "confidential" / "quality" / "page.html").touch()
    assert levels(doctor.check_sides(home)) == {"one_machine": "weak"}


def test_half_written_files_and_damaged_stores_are_found(home: Path) -> None:
    (home / "casework").mkdir()
    (home / "casework" / "dashboard.sqlite").write_bytes(b"no database" * 100)
    (home / "casework" / ".x.part").touch()
    assert levels(machine.check_leftovers(home)) == {"leftovers": "notice"}
    assert levels(stores.check_sound_stores()) == {"damaged": "broken"}


def test_a_changed_release_is_broken(home: Path) -> None:
    folder = home / "published" / "2026-1.1"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"release": "2026-1.1", "files": {"public": {"content": "0", "rows": {}}}}')
    assert levels(stores.check_releases()) == {"release_changed": "broken"}


def test_an_unreachable_database_is_broken_and_its_address_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_INTAKE_URL", "postgresql://anxin:secret@127.0.0.1:1/none")
    survey_settings.cache_clear()
    [finding] = stores.check_intake_server()
    assert (finding.level, finding.code) == ("broken", "server_unreached") and "secret" not in str(finding)


def test_an_unreadable_help_store_is_broken(home: Path) -> None:
    (home / "help").mkdir()
    (home / "help" / "help.sqlite").write_bytes(b"no database" * 100)
    assert levels(stores.check_help(TODAY)) == {"help_unreached": "broken"}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_all_is_said_the_worst_first(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """On paper 60 characters wide, too: every finding's words are there, and the last line sums up."""
    monkeypatch.setenv("ANXIN_LANG", language)
    open_a_wave()
    findings = doctor.examine(TODAY + timedelta(31))
    ranks = [LEVELS.index(finding.level) for finding in findings]
    assert ranks == sorted(ranks) and findings[0].code == "answers_overdue"
    page = io.StringIO()
    print_findings(findings, Console(file=page, width=60))
    shown = "".join(page.getvalue().split())
    assert all("".join(finding.what.split()) in shown for finding in findings)
    assert all(finding.why and finding.next_step for finding in findings if finding.level != "ok")


def test_access_log_that_was_changed_or_taken_away_is_broken(home: Path) -> None:
    """The doctor is where the operator learns of it; no page of the dashboard is theirs to read."""
    dashboard_settings.cache_clear()
    assert levels(stores.check_access_log()) == {}
    for page in ("signs", "places"):
        note(Viewer("lin", "counselor", "S03"), "view", page)
    assert levels(stores.check_access_log()) == {"log": "ok"}
    file = home / "accesslog" / "access.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("DROP TRIGGER entry_fixed; UPDATE entry SET who = 'wu' WHERE seq = 1;")
    assert levels(stores.check_access_log()) == {"log_broken": "broken"}
    file.write_bytes(b"no database at all" * 100)
    assert levels(stores.check_access_log()) == {"log_gone": "broken"}
