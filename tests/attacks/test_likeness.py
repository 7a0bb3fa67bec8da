"""A funnel or a hotspot that doesn't follow from released windows: the audit computes both anew and names the row."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from attacks.cities import POLICY, forge, publish_cubes
from cubes import random_cube

from pipelines.audit.likeness import check_likeness
from pipelines.audit.published import read_release_files


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_cubes(tmp_path_factory.mktemp("likeness"), [random_cube(1, schools=3)])[0]


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest, tmp_path / "published" / honest.name))


def told(folder: Path) -> str:
    return "\n".join(str(fault) for fault in check_likeness(read_release_files(folder, look_inside=False), POLICY))


def test_the_honest_release_says_what_follows(folder: Path) -> None:
    """The control of all that follows; some cell has a level."""
    published = read_release_files(folder, look_inside=False).files["bureau"]
    assert len(published["pub_school_wave_comparison"])
    assert {"none", "raised"} <= set(published["pub_school_wave_hotspot"]["level"].dropna())
    assert told(folder) == ""


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("pub_school_wave_comparison", "SET place = 'above_998', expected = 9.1 WHERE reason = 'no_city_rate'"),
        ("pub_school_wave_comparison", "SET reason = NULL WHERE reason = 'hidden'"),
        ("pub_school_wave_hotspot", "SET level = 'raised' WHERE level = 'none'"),
        ("pub_school_wave_hotspot", "SET lift = 'from_4' WHERE lift IS NOT NULL"),
    ],
)
def test_what_does_not_follow_is_named(folder: Path, table: str, change: str) -> None:
    """Somebody's wish in every file that has the row."""
    for path in folder.glob("*.duckdb"):
        forge(folder, path.stem, [f"UPDATE {table} {change}"], own_manifest=False)
    text = told(folder)
    assert table in text and "does not follow from the released windows" in text


def test_a_row_taken_away_is_missed(folder: Path) -> None:
    for path in folder.glob("*.duckdb"):
        forge(folder, path.stem, ["DELETE FROM pub_school_wave_hotspot WHERE place_group = 'yard'"], own_manifest=False)
    assert "place_group=yard" in told(folder)
