"""The detection bench: counts as scoring defines them, errors by leaving one city out, a verdict that can fail."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from models.simulator import parameters
from pipelines.bench.detection.chances import render_chances
from pipelines.bench.detection.cities import CARRIER, BenchCity, bench_city
from pipelines.bench.detection.curves import render_curves
from pipelines.bench.detection.figures import REQUIRED, Figure, Required, missed, rows_of, standard_error
from pipelines.bench.detection.gated import told_waves
from pipelines.bench.detection.grid import variants
from pipelines.bench.detection.page import render_page
from pipelines.bench.detection.run import joined_rows
from pipelines.bench.detection.sheets import names_impossible, says_yes
from pipelines.bench.detection.tallies import Tally, added
from pipelines.bench.rows import Row, document
from survey.instrument import load_instrument
from survey.scoring import score


@pytest.mark.parametrize("code", ["frequent", "witness", "unsafe", "perpetration"])
def test_yes_is_what_scoring_calls_yes(code: str) -> None:
    """Random sheets, sheet by sheet through the definition."""
    instrument, rng = load_instrument(), np.random.default_rng(2)
    indicator = instrument.indicators[code]
    columns = indicator.numerator.columns
    answers = {
        column.name: rng.choice([-1, 0, 1, 2, 3, 4, 9], 300, p=[0.1, 0.5, 0.1, 0.1, 0.08, 0.07, 0.05])
        for column in columns
    }
    fast = says_yes(indicator, answers)
    for row in range(300):
        sheet: dict[str, Any] = {name: int(values[row]) for name, values in answers.items() if values[row] >= 0}
        assert fast[row] == (score(indicator, sheet, "sr") == 1)


def test_the_pool_that_no_school_has_is_seen_wherever_it_is_named() -> None:
    instrument = load_instrument()
    answers = {
        "place_top": np.array(["toilet", "underground_pool", ""]),
        "place__underground_pool": np.array([0, 0, 1]),
    }
    assert names_impossible(instrument, answers).tolist() == [False, True, True]


def tallies() -> list[Tally]:
    return [{"all.right": 6, "all.signs": 10, "schools": 20}, {"all.right": 9, "all.signs": 10, "schools": 30}]


def test_sums_add_up_and_the_error_is_the_jackknife_of_two() -> None:
    assert added(tallies()) == {"all.right": 15, "all.signs": 20, "schools": 50}
    row = next(row for row in rows_of(tallies()) if row.name == "B7_ppv_all")
    assert row.value == pytest.approx(0.75)
    assert row.se == pytest.approx(abs(0.9 - 0.6) / 2)


def test_nought_of_forty_is_not_exact() -> None:
    assert standard_error(Figure(0.0, 40), [0.0, 0.0]) == pytest.approx((0.5 / 41 * (1 - 0.5 / 41) / 40) ** 0.5)


def test_only_a_miss_by_more_than_two_errors_is_one() -> None:
    short = Row("B5_ratio", 0.80, "ratio", 0.02)
    assert missed([short]) == ["B5_ratio"]
    assert missed([Row("B5_ratio", 0.80, "ratio", 0.03)]) == []
    assert Required(0.94, 0.96).missed_by(0.97) == pytest.approx(0.01)


def test_the_page_says_what_was_missed() -> None:
    rows = rows_of(tallies())
    page = render_page(
        document("detection", rows) | {"missed": ["B5_ratio"], "plan": {"cities": 2, "schools": 25, "waves": 4}}
    )
    assert "| B5_ratio | ≥ 0.85 | 0.000" in page
    assert page.count("missed |") == 1
    assert all(f"| {row.name} | " in page for row in rows if row.name in REQUIRED)


def test_declared_chances_are_the_sums_of_all_cities() -> None:
    """Two cities' signs of one rule; the file's heading stays, and reading it gives the rows back."""
    cities: list[Tally] = [{"seen|watch|30||signs": 3, "seen|watch|30||right": 1}, {"seen|watch|30||signs": 2}]
    text = render_chances(cities, "2026-11-22", "# heading\nold: 1\n")
    assert text.startswith("# heading\n") and "old" not in text
    document = yaml.safe_load(text)
    assert document["cities"] == 2
    assert document["rows"] == [
        {"rule": "seen", "level": "watch", "size": "30", "school_level": "", "signs": 5, "right": 1}
    ]


def test_a_grid_city_differs_in_one_number_alone() -> None:
    usual = parameters()
    for name, params in variants().items():
        other = {field.name for field in fields(params) if getattr(params, field.name) != getattr(usual, field.name)}
        assert len(other) == (3 if name.startswith("icc") else 0 if name in ("response_90", "careless_5") else 1)


def test_of_two_rows_with_one_name_the_part_that_measures_it_stands() -> None:
    assert joined_rows([Row("a", 1, "s"), Row("b", 1, "s")], [Row("a", 2, "s")]) == [Row("a", 2, "s"), Row("b", 1, "s")]


@cache
def small_city() -> BenchCity:
    return bench_city(parameters(), 5, 4, 2)


def test_a_release_counts_careless_sheets_too() -> None:
    """Were they set aside, the figures behind the gate would be those of another product."""
    city = small_city()
    every, sound = city.counts(1, CARRIER), city.counts(1, CARRIER, every=False)
    assert (every.r >= sound.r).all() and (every.yes >= sound.yes).all() and every.r.sum() > sound.r.sum()


def test_no_cut_of_the_bench_knows_this_waves_own_count() -> None:
    """Classes of a band that swap their answers to the carrying question: the same rate, the same lines."""
    city = small_city()
    last, name = city.counted[-1], f"every_{CARRIER}"
    yes = last[name].copy()
    for band in np.unique(city.band):
        rows = np.flatnonzero(city.band == band)
        yes[rows] = np.roll(yes[rows], 1)
    other = replace(city, counted=(*city.counted[:-1], last | {name: yes}))
    mine, theirs = (list(told_waves(one))[-1] for one in (city, other))
    assert (yes != last[name]).any()
    assert (mine.cuts.first == theirs.cuts.first).all() and (mine.seen == theirs.seen).all()


def test_curves_are_a_picture_with_a_line_for_each_rule() -> None:
    rows = {f"B1_se{goal}": {"value": goal / 50, "se": 0.1} for goal in (20, 30, 40)}
    picture = ElementTree.fromstring(render_curves("a < b", (("one", "B1_{}"), ("two", "B1_{}")), rows))
    space = "{http://www.w3.org/2000/svg}"
    assert picture.findtext(f"{space}title") == "a < b"
    lines = [line.get("points", "") for line in picture.iter(f"{space}polyline")]
    heights = [float(point.split(",")[1]) for point in lines[0].split()]
    assert len(lines) == 2 and heights == sorted(heights, reverse=True)
