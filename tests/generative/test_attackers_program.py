"""The attacker's program, table by table against cell by cell: the same unknowns, bounds and rows."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from attacks.cities import POLICY, links_of_cube
from cubes import random_cube
from plain_city import plain_city, spelled
from pooled_terms import released_terms

from pipelines.audit.before import worded
from pipelines.audit.city import build_city
from pipelines.audit.links import Links
from pipelines.audit.said import Said
from pipelines.audit.sample import sampled
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.signs import load_rules

RULES = load_rules()
FAMILIES = (("any", "severe"), ("witness", "still_now", "perpetration"))


def later_wording(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same wave as after ten late answers in every class. Nothing is solved here, so the counts may stay."""
    coverage, signals = tables["pub_class_wave_coverage"], tables["pub_class_wave_signal"]
    return tables | {
        "pub_class_wave_coverage": coverage.assign(
            enrolled=coverage["enrolled"] + 10, submitted_about=coverage["submitted_about"] + 10
        ),
        "pub_class_wave_signal": signals.assign(r_about=signals["r_about"] + 10),
    }


def holed(rng: np.random.Generator, made: Release) -> dict[str, pd.DataFrame]:
    """The tables, a tenth of the rows of each left out and the others shuffled: what few readers hold."""
    kept = ("pub_unit", "pub_wave", "pub_indicator", "pub_class_wave_coverage", "pub_class_wave_signal")
    return {
        name: table if name in kept else table.sample(frac=0.9, random_state=int(rng.integers(2**31)))
        for name, table in made.tables.items()
    }


def rated(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables, with a rate for every band and indicator: a small city has none. Nothing is solved here."""
    base = tables["pub_band_wave_base"]
    return tables | {"pub_band_wave_base": base.assign(rate=np.resize([1, 30, 99], len(base)))}


def assert_same(said: Sequence[Said], links: Links) -> int:
    """Both programs say the same; returns how many rows they have."""
    by_wave = {one.wave: links for one in said}
    (bounds, rows), (plain_bounds, plain_rows) = (
        spelled(build(said, by_wave).program()) for build in (build_city, plain_city)
    )
    assert bounds == plain_bounds
    assert rows == plain_rows
    return len(rows)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_a_city_is_written_down_the_same_both_ways(seed: int) -> None:
    """A row left out is a conclusion that no check draws. Whole tables, then tables with holes."""
    cube = random_cube(seed, schools=5)
    first = release(cube, [], POLICY, RULES)
    wordings = [rated(first.tables), later_wording(first.tables)]
    links = replace(links_of_cube(cube), exclusive=FAMILIES)
    rng = np.random.default_rng(seed)
    for tables in (wordings, wordings[:1], [holed(rng, first), wordings[1]]):
        assert assert_same(worded(tables, [POLICY] * len(tables)), links) > 500


def test_two_pooled_waves_are_written_down_the_same_both_ways() -> None:
    """Sums over two waves stand in no wave's tree."""
    _, cube, autumn, spring = released_terms(16)
    said = worded([autumn.tables, spring.tables], [POLICY] * 2)
    assert assert_same(said, links_of_cube(cube)) > 500


def test_the_sample_is_chosen_by_names_alone() -> None:
    """One in seven by the name's checksum, whatever the order: a sample that moved could be drawn until it passes."""
    _, cube, autumn, spring = released_terms(16)
    said = worded([autumn.tables, spring.tables], [POLICY] * 2)
    names = build_city(said, {one.wave: links_of_cube(cube) for one in said}).program().names
    spelled_out = ["|".join((*map(str, name[:4]), *name.cell)) for name in names]
    wanted = [index for index, name in enumerate(spelled_out) if zlib.crc32(name.encode()) % 7 == 0]
    assert sampled(names, range(len(names)), 7) == wanted
    assert len(wanted) > 50
