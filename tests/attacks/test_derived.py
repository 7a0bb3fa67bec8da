"""Letters, gaps and plans that someone tampered with: the audit computes them anew and names the row."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from attacks.cities import POLICY, forge, publish_cubes
from cubes import random_cube

from pipelines.audit.derived import check_derived
from pipelines.audit.published import read_release_files
from pipelines.audit.report import audit_published, read_all

SHEETS = "speed = 'good', copies = 'good', honesty = 'good'"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cube = random_cube(2, schools=2)
    r = cube.classes["r"].to_numpy(np.int64)
    cube = replace(cube, quality=np.random.default_rng(1).binomial(r[:, None], 0.05, (len(r), 3)))
    return publish_cubes(tmp_path_factory.mktemp("derived"), [cube])[0]


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest, tmp_path / "published" / honest.name))


def told(folder: Path) -> str:
    return "\n".join(str(fault) for fault in check_derived(read_release_files(folder, look_inside=False), POLICY))


def one_row(folder: Path, query: str) -> str:
    with duckdb.connect(str(folder / "school_S0.duckdb"), read_only=True) as connection:
        row = connection.execute(query).fetchone()
    assert row
    return str(row[0])


def test_the_honest_release_says_what_follows(folder: Path) -> None:
    """The control of all that follows."""
    assert told(folder) == ""


def test_a_bettered_letter(folder: Path) -> None:
    """A head teacher's wish."""
    unit = one_row(folder, "SELECT class_id FROM pub_class_wave_credibility WHERE letter <> 'A' ORDER BY ALL")
    forge(folder, "school_S0", [f"UPDATE pub_class_wave_credibility SET letter = 'A' WHERE class_id = '{unit}'"])
    assert f"class_id={unit}, wave=2026-1: the letter does not follow from its parts" in told(folder)


def test_a_school_s_letter_is_checked_in_every_file(folder: Path) -> None:
    for audience in ("bureau", "school_S0", "district_D0"):
        forge(
            folder,
            audience,
            ["UPDATE pub_school_wave_credibility SET gap = 'poor', letter = 'C' WHERE school_id = 'S0'"],
        )
    assert "pub_school_wave_credibility, school_id=S0, wave=2026-1: the gap is not the one of its own table" in told(
        folder
    )


def test_the_sheets_of_three_students_are_never_spoken_of(folder: Path) -> None:
    """Classes of so few can't have two level sets of six."""
    forge(folder, "school_S1", [f"UPDATE pub_class_wave_credibility SET {SHEETS}, letter = 'D'"])
    assert "class_id=S1C30, wave=2026-1: too few sheets to say anything of them" in told(folder)


def test_a_gap_that_no_window_tells(folder: Path) -> None:
    for audience in ("bureau", "school_S0", "district_D0"):
        forge(folder, audience, ["UPDATE pub_school_wave_gap SET witness_gap = 'more' WHERE school_id = 'S0'"])
    assert "school_id=S0, wave=2026-1: the gap does not follow from the released windows" in told(folder)


@pytest.mark.parametrize(
    "change", ["place_group = 'canteen', time_group = 'night'", "share_hi = share_hi + 1", "share_lo = 0"]
)
def test_a_plan_that_is_not_the_best(folder: Path, change: str) -> None:
    """A place moved by hand, or a share made finer than the windows allow."""
    where = "WHERE people = 1 AND slots = 1 AND pick = 1"
    forge(folder, "school_S0", [f"UPDATE pub_school_wave_patrol SET {change} {where}"])
    text = told(folder)
    assert "pub_school_wave_patrol, school_id=S0, wave=2026-1, people=1, slots=1, pick=1: the plan does not" in text
    assert "people=2" not in text


def test_the_whole_audit_stops_at_it(folder: Path) -> None:
    """`anxin release audit` runs the check: without it the tables above would be nobody's business."""
    forge(folder, "school_S0", ["UPDATE pub_school_wave_patrol SET share_lo = 0 WHERE people = 1 AND slots = 1"])
    releases = [replace(one, faults=()) for one in read_all(folder)]  # the forger's hand in the storage aside
    report = audit_published(releases, None, 10**9)
    assert {fault.rule for fault in report.faults} == {"the plan does not follow from the released windows"}
