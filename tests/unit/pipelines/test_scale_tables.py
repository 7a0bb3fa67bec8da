"""Scale quality from the answers to the bureau's table."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.contracts import create_table_sql, load_contract
from pipelines.policy import load_policy
from pipelines.release.scales import pub_city_wave_scale
from pipelines.score import score_wave
from tests.cubes import random_cube
from tests.small_wave import SchoolClass, Sheet, small_instrument, store_wave

POLICY = load_policy()
KEYS = {"fair": "+", "seen": "+", "left": "-"}
ITEMS = {name: {"bands": ["jr"], "scale": "freq", "key": key} for name, key in KEYS.items()}


def measured(**changes: object) -> pd.DataFrame:
    """What score would have measured of one band: the scale and one item."""
    whole = {"wave": "2026-1", "band": "jr", "scale": "climate", "item": "", "n": 700, "schools": 6, "alpha": 0.8349}
    whole |= {"omega": 0.8351, "item_total": np.nan, "place": np.nan, "dif_school": np.nan, "comparable": True}
    item = whole | {"item": "fair", "omega": np.nan, "item_total": 0.6, "dif_school": -0.2, "drift": 0.3}
    return pd.DataFrame([row | changes for row in (whole | {"drift": np.nan}, item)])


def published(**changes: object) -> pd.DataFrame:
    return pub_city_wave_scale(replace(random_cube(1, schools=2), scales=measured(**changes)), POLICY)


def test_figures_are_steps_and_bias_is_words() -> None:
    """Finer figures of a band of 600 would be a count; the table takes them as its contract says."""
    with duckdb.connect() as connection:
        connection.execute(create_table_sql(load_contract("pub_city_wave_scale")))
        connection.register("made", published())
        connection.execute("INSERT INTO pub_city_wave_scale BY NAME SELECT * FROM made")
        rows = connection.execute("SELECT item, alpha, omega, item_total, dif_school, drift FROM pub_city_wave_scale")
        assert rows.fetchall() == [("", 85, 85, None, None, None), ("fair", 85, None, 60, "moderate", "large")]


@pytest.mark.parametrize("few", [{"n": 599}, {"schools": 4}])
def test_small_bands_are_not_spoken_of(few: dict[str, int]) -> None:
    assert published(**few).empty


def test_another_instrument_is_not_compared() -> None:
    """A changed item would read as drift; the first wave has nothing to drift from."""
    assert published(comparable=False)["drift"].iloc[1] == "not_comparable"
    assert published(comparable=None, drift=np.nan)["drift"].iloc[1] == "not_known"


def test_a_survey_without_scales_has_no_table() -> None:
    assert pub_city_wave_scale(random_cube(1, schools=2), POLICY).empty


def test_score_measures_complete_answers_with_every_item_turned_one_way() -> None:
    """Alpha by the students' own sums; an item worded the other way is turned, a sheet with a gap stays out."""
    random, instrument = (
        Random(3),
        small_instrument(["jr"], ITEMS, {"seen": {"numerator": {"items": ["seen"], "at_least": 1}}}),
    )
    levels = [random.randint(1, 4) for _ in range(60)]
    answers = [
        {
            name: min(4, max(1, (level if key == "+" else 5 - level) + random.choice([-1, 0, 0, 1])))
            for name, key in KEYS.items()
        }
        for level in levels
    ]
    sheets = [Sheet("a", one) for one in answers] + [Sheet("a", {"fair": 1, "seen": 4}), Sheet("a", take_part=0)]
    with duckdb.connect() as connection:
        store_wave(connection, instrument, [SchoolClass("a", "jr")], sheets)
        score_wave(connection, "2026-1")
        query = "SELECT n, schools, alpha FROM core_band_wave_scale WHERE item = ''"
        n, schools, found = connection.execute(query).fetchall()[0]
    turned = np.array([[one["fair"], one["seen"], 5 - one["left"]] for one in answers])
    slow = 1.5 * (1 - turned.var(axis=0, ddof=1).sum() / turned.sum(axis=1).var(ddof=1))
    assert (n, schools) == (60, 1)
    assert found == pytest.approx(slow)
