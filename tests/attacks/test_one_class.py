"""A grade of one class, however large, is a class: nothing is said of it that isn't said of classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from attacks.cities import POLICY, audit, forge, publish_cubes
from cubes import random_cube

from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.signs import load_rules

GRADE = "S0:g9"
TABLES = ("pub_grade_wave_indicator", "pub_grade_wave_place", "pub_grade_wave_apart")


def with_a_lone_class() -> Cube:
    """The last grade of a big school has but one class, of sixty."""
    cube = random_cube(1, schools=1)
    rows = cube.classes.index[cube.classes["grade"] == 9]
    kept = cube.classes.index.difference(rows[1:])
    classes = cube.classes.copy()
    classes.loc[rows[0], ["enrolled", "submitted", "r"]] = 60
    parts = {name: getattr(cube, name)[kept] for name in ("yes", "place", "place_time", "area")}
    assert cube.apart is not None
    mine = (cube.apart.rows["grade"] == 9).to_numpy()[:, None]
    apart = replace(cube.apart, r=np.where(mine, 60, cube.apart.r), yes=np.where(mine, 0, cube.apart.yes))
    return replace(cube, classes=classes.loc[kept].reset_index(drop=True), apart=apart, **parts)


def shown(tables: dict[str, pd.DataFrame], grade: str) -> list[str]:
    """Tables of grades that say something of this one."""
    return [name for name in TABLES if tables[name].loc[tables[name]["grade_id"] == grade, "lo"].notna().any()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_cubes(tmp_path_factory.mktemp("lone"), [with_a_lone_class()])[0]


def test_a_grade_of_one_class_says_nothing() -> None:
    """Sixty answers are enough for a grade: its windows would be a class's, its places a class's places."""
    tables = release(with_a_lone_class(), [], POLICY, load_rules()).tables
    assert shown(tables, "S0:g8") == list(TABLES)
    assert shown(tables, GRADE) == []
    assert tables["pub_class_wave_signal"].query("class_id.str.startswith('S0C9')")["level"].ne("no_conclusion").all()


def test_a_forged_grade_of_one_class_is_named(folder: Path) -> None:
    """The row sound by itself, wide enough and in the right files: that it is of one class only pub_unit tells."""
    cube = with_a_lone_class()
    assert audit(folder, cube, one_in=10**9).passed
    change = (
        "UPDATE pub_grade_wave_indicator SET lo = 0, hi = 5, r_about = 60, share_lo = 0, share_hi = 9,"
        f" suppression_reason = NULL WHERE grade_id = '{GRADE}' AND indicator = 'any'"
    )
    forge(folder, "school_S0", [change])
    text = "\n".join(str(fault) for fault in audit(folder, cube, one_in=10**9).faults)
    assert f"grade_id={GRADE}, wave=2026-1, indicator=any: what is said of one class is its band alone" in text
