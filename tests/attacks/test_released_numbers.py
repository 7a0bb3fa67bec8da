"""What is shown of a class follows from released numbers: its answers to the nearest five, never the exact number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from attacks.cities import POLICY
from cubes import random_cube

from pipelines.release.build import build_values
from pipelines.release.cube import Cube
from pipelines.release.signs import load_rules
from pipelines.release.tables import build_tables
from pipelines.release.windows import cut_bands

RULES = load_rules()
CLASS_TABLES = ("pub_class_wave_indicator", "pub_class_wave_signal", "pub_class_wave_coverage")


def with_answers(cube: Cube, r: int, submitted: int, enrolled: int) -> Cube:
    """The first class has so many answers, all of them no; its places and what is stored apart aside."""
    classes, yes = cube.classes.copy(), cube.yes.copy()
    classes.loc[0, ["enrolled", "submitted", "r"]] = enrolled, submitted, r
    yes[0] = 0
    emptied = {name: getattr(cube, name).copy() for name in ("place", "place_time", "area")}
    for counts in emptied.values():
        counts[0] = 0
    return replace(cube, classes=classes, yes=yes, apart=None, **emptied)


def said_of_first(cube: Cube) -> list[pd.DataFrame]:
    levels, values = build_values(cube, POLICY, frozenset(), RULES)
    tables, first = build_tables(cube, levels, values, RULES, POLICY, frozenset()), cube.classes.loc[0, "class_id"]
    return [tables[name][tables[name]["class_id"] == first] for name in CLASS_TABLES]


# (answers that round alike, sheets, enrolled): where bands grow in number, and where six in ten of the class answered
ALIKE = [(range(8, 13), 14, 16), (range(13, 18), 20, 22), (range(18, 23), 24, 33), (range(23, 28), 28, 30)]


@pytest.mark.parametrize(("answers", "submitted", "enrolled"), ALIKE)
def test_answers_that_round_alike_are_shown_alike(answers: range, submitted: int, enrolled: int) -> None:
    """Else bands, cuts or reasons beside the rounded number give the exact one, and with the sheets counted in class
    how many were blank."""
    cube = random_cube(3, schools=2)
    said = [said_of_first(with_answers(cube, r, submitted, enrolled)) for r in answers]
    assert said[0][1]["r_about"].notna().all()
    for other in said[1:]:
        for one, same in zip(said[0], other, strict=True):
            pd.testing.assert_frame_equal(one, same)


def test_control_bands_by_exact_answers_tell_them() -> None:
    """The same cuts, their number by the exact answers: of the five that round alike, two have a band more."""
    r = np.arange(23, 28)[:, None]
    cut = np.full_like(r, 15)
    by_exact = cut_bands(r, r, r * 0, cut, r > 0, (6, 5, 6)).number
    by_released = cut_bands(r, np.full_like(r, 23), r * 0, cut, r > 0, (6, 5, 6)).number
    assert by_exact.ravel().tolist() == [2, 2, 3, 3, 3]
    assert by_released.ravel().tolist() == [2, 2, 2, 2, 2]
