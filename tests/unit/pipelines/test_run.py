"""The whole line on a small city: counts reconcile, a rerun does nothing, a failure leaves the last release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
import tiny_city

from pipelines import run as running
from pipelines.load import load_file
from pipelines.microdata import open_microdata
from pipelines.problems import CannotDo
from pipelines.registry import import_registry
from pipelines.release.pointer import current_release
from pipelines.releases import list_releases
from pipelines.run import RunReport, run_wave
from pipelines.settings import settings
from pipelines.simulate import write_city

WAVES = ("2025-1", "2025-2")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six schools, two waves, loaded but not run: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("city")
    write_city(folder / "files", schools=6, waves=2, seed=11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(folder / "home"))
        settings.cache_clear()
        import_registry(folder / "files")
        for wave in WAVES:
            load_file(folder / "files" / f"responses-{wave}.parquet", wave)
        settings.cache_clear()
    return folder


@pytest.fixture
def loaded(city: Path, home: Path) -> Path:
    shutil.copytree(city / "home", home)
    return city


@pytest.fixture(scope="module")
def ran(city: Path) -> tuple[Path, RunReport]:
    """The city's home once its first wave is released, and the report: made once, copied for each test."""
    home = city / "ran"
    shutil.copytree(city / "home", home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(home))
        settings.cache_clear()
        report = run_wave("2025-1")
        settings.cache_clear()
    return home, report


@pytest.fixture
def first(ran: tuple[Path, RunReport], home: Path) -> RunReport:
    """The report of the first wave, whose release stands in this test's home."""
    shutil.copytree(ran[0], home)
    return ran[1]


def query(text: str) -> list[tuple[object, ...]]:
    with open_microdata(read_only=True) as connection:
        return connection.execute(text).fetchall()


def published(audience: str, text: str) -> list[tuple[object, ...]]:
    file = settings().published / str(current_release()) / f"{audience}.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_counts_reconcile_from_file_to_release(city: Path, first: RunReport) -> None:
    """Every accepted sheet is counted once, in its class, its school and its coverage."""
    rows = duckdb.sql(f"SELECT count(*) FROM '{city}/files/responses-2025-1.parquet'").fetchall()[0][0]
    report = first
    assert report.responses == rows
    assert query("SELECT sum(submitted), sum(r + blanks) FROM core_class_wave_response WHERE wave = '2025-1'") == [
        (rows, rows)
    ]
    assert report.classes == len(published("bureau", "SELECT * FROM pub_class_wave_coverage"))
    about = published("bureau", "SELECT sum(submitted_about), count(*) FROM pub_school_wave_coverage")[0]
    assert abs(int(str(about[0])) - rows) <= 2.5 * int(str(about[1]))
    signs = "SELECT count(*) FROM pub_class_wave_signal WHERE level IN ('watch', 'warning', 'urgent')"
    schools = [path.stem for path in (settings().published / str(current_release())).glob("school_*.duckdb")]
    assert sum(int(str(published(school, signs)[0][0])) for school in schools) == report.signals


def test_the_report_is_what_machines_read(first: RunReport) -> None:
    """Names that other programs rely on."""
    report = first.as_json()
    assert set(report) == {
        "wave", "engine", "responses", "classes", "signals", "release", "skipped", "seconds", "peak_mb", "audit",
        "coverage",
    }  # fmt: skip
    assert list(report["seconds"]) == ["stage", "score", "estimate", "release"]
    assert set(report["audit"]) == {
        "cells", "protected", "recovered", "min_candidates", "min_candidates_insider", "forced", "seconds",
    }  # fmt: skip
    assert 0 < report["coverage"]["share"] <= 110
    assert report["audit"]["recovered"] == 0
    assert report["audit"]["min_candidates"] >= 5


def test_a_rerun_with_unchanged_inputs_does_nothing(first: RunReport) -> None:
    """No second release, no second moment of truth for an attacker."""
    again = run_wave("2025-1")
    assert again.skipped
    assert again.release == first.release == "2025-1.1"
    assert len(list_releases()) == 1


def test_a_stricter_policy_makes_a_new_release_and_readers_follow(first: RunReport) -> None:
    """The rule is an input like any other."""
    (settings().home / "policy.yml").write_text("show.place_r: 100000\n", encoding="utf-8")
    report = run_wave("2025-1")
    assert (report.skipped, report.release) == (False, "2025-1.2")
    assert current_release() == "2025-1.2"
    shown = published("bureau", "SELECT count(*) FROM pub_school_wave_place WHERE lo IS NOT NULL")
    assert shown == [(0,)]


def test_a_second_wave_keeps_the_first_and_has_a_trend(first: RunReport) -> None:
    """One file tells the story of all waves, each as it was released."""
    run_wave("2025-2")
    assert published("bureau", "SELECT wave, comparable FROM pub_wave ORDER BY wave") == [
        ("2025-1", False), ("2025-2", True),
    ]  # fmt: skip
    trends = "SELECT count(*) FROM pub_school_wave_indicator WHERE wave = '2025-2' AND trend IS NOT NULL"
    assert int(str(published("bureau", trends)[0][0])) > 20


def test_a_failed_stage_leaves_the_last_release(first: RunReport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at any point: the old numbers stay, the message says what to do, a later run goes through."""

    def disk_full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    for stage, place in {"score": "score.score_wave", "release": "release.publish.write_audience"}.items():
        with monkeypatch.context() as patch:
            patch.setattr(f"pipelines.{place}", disk_full)
            with pytest.raises(CannotDo, match=f"stage {stage} could not be finished: the disk is full"):
                run_wave("2025-2")
        assert current_release() == first.release == "2025-1.1"
        assert published("bureau", "SELECT DISTINCT wave FROM pub_wave") == [("2025-1",)]
    assert run_wave("2025-2").release == "2025-2.1"


def test_a_survey_without_schools_is_counted_and_never_released(home: Path, tmp_path: Path) -> None:
    """There is nobody it could be shown to; the group table stays on the confidential side."""
    from pipelines.settings import REFERENCE, ROOT

    lines = ["year,weight,sex,grade,bullied_school,bullied_electronic,missed_unsafe,threatened_weapon"]
    lines += [f"2017,1.5,{'Female' if i % 2 else 'Male'},9th grade,{i % 3 == 0:d}.0,0.0,0.0,0.0" for i in range(60)]
    file = tmp_path / "survey.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    load_file(file, "2017", REFERENCE / "mappings" / "yrbs.yml", ROOT / "survey" / "instruments" / "yrbs.yml")
    with pytest.raises(CannotDo, match="without classes and schools"):
        run_wave("2017")
    assert current_release() is None
    assert not list(settings().published.glob("*")) if settings().published.exists() else True
    total = "SELECT n FROM core_group_wave_indicator WHERE group_kind = 'total' AND indicator = 'bullied_school'"
    assert query(total) == [(60,)]


def test_a_class_over_110_per_cent_loads_and_has_no_conclusion(loaded: Path) -> None:
    """More sheets than students: something was wrong with the sitting, and the class is not judged."""
    with open_microdata() as connection:
        name, school = connection.execute(
            "SELECT class_id, school_id FROM raw_registry WHERE enrolled > 30 ORDER BY class_id LIMIT 1"
        ).fetchall()[0]
        connection.execute(
            f"UPDATE raw_registry SET enrolled = (SELECT count(*) FROM wave_2025_1.raw_submission"
            f" WHERE class_id = '{name}') / 1.2 WHERE class_id = '{name}'"
        )
    run_wave("2025-1")
    found = published(f"school_{school}", f"SELECT level, reason FROM pub_class_wave_signal WHERE class_id = '{name}'")
    assert found == [("no_conclusion", "over_response")]


def test_the_manifest_says_what_went_in(first: RunReport) -> None:
    """Hashes of the answers, the instrument and every reference list, beside what came out."""
    manifest = json.loads(running.manifest_path("2025-1").read_text(encoding="utf-8"))
    assert {
        "loads",
        "apart",
        "snapshot",
        "instrument",
        "policy",
        "reference",
        "earlier",
        "engine",
        "anxin",
        "casework",
    } == set(manifest["inputs"])
    assert set(manifest["inputs"]["reference"]) >= {"places.yml", "times.yml", "policy.yml", "rules.yml"}
    assert manifest["report"]["release"] == "2025-1.1"


def test_an_instrument_without_places_is_released_without_place_tables(home: Path, tmp_path: Path) -> None:
    """A foreign survey with classes may ask for no places at all."""
    import_registry(tiny_city.write_city(tmp_path / "lists"))
    file = tiny_city.write_rows(tmp_path / "answers.csv", [*tiny_city.sheets(25), *tiny_city.sheets(12, "p3")])
    load_file(file, "2026-1", instrument=tiny_city.write_instrument(tmp_path))
    report = run_wave("2026-1")
    assert report.responses == 37
    assert published("bureau", "SELECT count(*) FROM pub_school_wave_place") == [(0,)]
    assert published("bureau", "SELECT count(*) FROM pub_school_wave_indicator WHERE lo IS NOT NULL") == [(0,)]
    assert published("school_s1", "SELECT class_id, level FROM pub_class_wave_signal ORDER BY class_id") == [
        ("j7", "no_conclusion"),
        ("j8", "no_conclusion"),
    ]
