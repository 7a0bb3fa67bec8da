"""What is shown of a class follows from released numbers: its answers to the nearest five, never the exact number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from attacks.cities import POLICY, attacker_of, links_of_cube, publish_cubes
from cubes import random_cube

from pipelines.audit.city import build_city
from pipelines.audit.propagation import propagate
from pipelines.audit.report import attack
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


def test_who_knows_every_number_of_answers_learns_no_answer(tmp_path: Path) -> None:
    """Above the classes exact numbers of answers decide what is shown and where the topmost window ends (ADR 16):
    so the files are attacked by one who knows them all. Control: he does conclude more than the others.
    """
    cube = random_cube(2, schools=2)
    folders = publish_cubes(tmp_path, [cube])
    exact = dict(zip(cube.classes["class_id"], cube.classes["r"].tolist(), strict=True))
    widths = []
    for knows in (False, True):
        program, wordings = attacker_of(folders, cube)
        if knows:
            (said,) = wordings
            said.__dict__["class_answers"] = {unit: (r, r) for unit, r in exact.items()}
            del said.__dict__["answers_by_band"]  # worked out from the others' knowledge
            program = build_city(wordings, {cube.wave: links_of_cube(cube)}).program()
        low, high = propagate(program)
        widths.append(int((high - low)[program.names.is_count].sum()))
    tables, _, insider, faults = attack(wordings, {cube.wave: links_of_cube(cube)}, None, POLICY, 50)
    assert faults == []
    assert min(table.min_candidates for table in tables if table.min_candidates) >= 5
    assert insider["stories"] and insider["forced"] == 0
    assert widths[1] < widths[0]
