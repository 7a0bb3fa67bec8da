"""CDC's Youth Risk Behavior Survey through load, stage and score: the published weighted percentages come back.

Collected only where ANXIN_REAL_DATA names the folder of real data; the terminal summary says when it doesn't.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.load import LoadReport, load_file
from pipelines.microdata import open_microdata
from pipelines.score import score_wave
from pipelines.settings import REFERENCE, settings
from pipelines.stage import stg_submission

WAVES = {"2015": 15_624, "2017": 14_765, "2019": 13_677, "2021": 17_232, "2023": 20_103}
PUBLISHED = [  # wave, indicator, group, value, weighted per cent
    ("2017", "bullied_electronic", "total", "", 14.9),
    ("2017", "bullied_electronic", "sex", "female", 19.7),
    ("2017", "bullied_electronic", "sex", "male", 9.9),
    ("2017", "bullied_electronic", "grade", "9", 16.7),
    ("2017", "bullied_electronic", "grade", "10", 14.8),
    ("2017", "bullied_electronic", "grade", "12", 13.5),
    ("2019", "bullied_electronic", "total", "", 15.7),
    ("2019", "bullied_electronic", "sex", "female", 20.4),
    ("2021", "bullied_school", "total", "", 15.0),
    ("2021", "bullied_electronic", "total", "", 15.9),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LoadReport]:
    """All five waves, loaded and scored once."""
    folder = tmp_path_factory.mktemp("yrbs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(folder))
        settings.cache_clear()
        file = Path(os.environ["ANXIN_REAL_DATA"]) / "yrbs" / "yrbs_2015_2023_bullying.csv.gz"
        report = load_file(file, None, REFERENCE / "mappings" / "yrbs.yml")
        with open_microdata() as connection:
            for wave in WAVES:
                stg_submission(connection, wave)
                score_wave(connection, wave)
    settings.cache_clear()
    return folder, report


def counts(folder: Path, wave: str, indicator: str, kind: str, value: str) -> tuple[int, int, float]:
    """n, valid and the weighted per cent of one row of core_group_wave_indicator."""
    import duckdb

    query = """
        SELECT n, valid, 100 * w_yes / w_valid FROM core_group_wave_indicator
        WHERE wave = ? AND indicator = ? AND group_kind = ? AND (group_value = ? OR group_kind = 'total')"""
    with duckdb.connect(str(folder / "confidential" / "microdata.duckdb"), read_only=True) as connection:
        [row] = connection.execute(query, [wave, indicator, kind, value]).fetchall()
    return row


def test_every_student_of_every_wave_is_loaded(loaded: tuple[Path, LoadReport]) -> None:
    report = loaded[1]
    assert {count.wave: count.accepted for count in report.waves} == WAVES
    assert (report.read, report.accepted, report.rejected) == (81_401, 81_401, 0)
    assert report.dropped == ("stratum", "psu", "age")


@pytest.mark.parametrize(("wave", "indicator", "kind", "value", "percent"), PUBLISHED)
def test_published_percentages_come_back(
    loaded: tuple[Path, LoadReport], wave: str, indicator: str, kind: str, value: str, percent: float
) -> None:
    assert counts(loaded[0], wave, indicator, kind, value)[2] == pytest.approx(percent, abs=0.1)


def test_blanks_are_missing_and_not_no(loaded: tuple[Path, LoadReport]) -> None:
    """2019: 13,677 students, of whom 13,485 answered the item."""
    assert counts(loaded[0], "2019", "bullied_electronic", "total", "")[:2] == (13_677, 13_485)
