"""The simulated city: who exists, before anybody answers."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from models.simulator import build_district, build_schools, parameters, registry
from models.simulator.city import District, school_kinds
from models.simulator.draws import choose, pick, stream

PARAMS = parameters()


@pytest.fixture(scope="module")
def city() -> list[District]:
    return [build_district(PARAMS, 3, schools) for schools in build_schools(PARAMS, 3, 40)]


def test_streams_of_two_purposes_are_unlike_and_repeatable() -> None:
    first = stream(1, "exposure", 0, 0).random(1000)
    assert np.array_equal(first, stream(1, "exposure", 0, 0).random(1000))
    for other in (
        stream(1, "seen", 0, 0),
        stream(1, "exposure", 0, 1),
        stream(1, "exposure", 1, 0),
        stream(2, "exposure", 0, 0),
    ):
        assert abs(np.corrcoef(first, other.random(1000))[0, 1]) < 0.15


def test_choose_keeps_the_weights() -> None:
    drawn = choose(np.random.default_rng(0), 40_000, (0, 2, 9), (1, 2, 1))
    assert [(drawn == code).mean() for code in (0, 2, 9)] == pytest.approx([0.25, 0.5, 0.25], abs=0.01)


def test_pick_never_takes_an_impossible_option() -> None:
    steps = np.cumsum(np.tile([0.0, 0.3, 0.0, 0.7, 0.0], (20_000, 1)), axis=1)
    counts = np.bincount(pick(np.random.default_rng(0), steps), minlength=5) / 20_000
    assert counts[[0, 2, 4]].sum() == 0
    assert counts[1] == pytest.approx(0.3, abs=0.015)


@pytest.mark.parametrize("schools", [10, 40, 200])
def test_levels_and_small_rural_schools_keep_their_shares_at_every_size(schools: int) -> None:
    counts = Counter(school_kinds(PARAMS, schools))
    for kind, share in PARAMS.kind_share.items():
        assert abs(counts[kind] - share * schools) < 1, kind
    assert school_kinds(PARAMS, schools)[:10] == school_kinds(PARAMS, 10)


def test_forty_schools_are_a_thousand_classes_in_four_districts(city: list[District]) -> None:
    assert [len(district.schools) for district in city] == [10, 10, 10, 10]
    classes = sum(len(district.classes.size) for district in city)
    assert 900 <= classes <= 1100
    assert len({name for district in city for name in district.classes.class_id}) == classes


def test_a_remainder_of_schools_joins_the_last_district() -> None:
    assert [len(schools) for schools in build_schools(PARAMS, 3, 14)] == [14]
    assert [len(schools) for schools in build_schools(PARAMS, 3, 16)] == [10, 6]
    assert [len(schools) for schools in build_schools(PARAMS, 3, 1)] == [1]


def test_small_rural_schools_have_one_class_a_grade_and_under_100_students(city: list[District]) -> None:
    small = 0
    for district in city:
        for row, school in enumerate(district.schools):
            inside = district.classes.school == row
            sizes = district.classes.size[inside]
            if school.kind == "small_rural":
                small += 1
                assert school.rural and len(sizes) == 4 and sizes.sum() < 100
                assert sizes.min() >= 12 and sizes.max() <= 20
            else:
                assert sizes.min() >= 20 and sizes.max() <= 55
    assert small == 6


def test_every_small_rural_school_shares_a_cluster_with_an_ordinary_primary_school(city: list[District]) -> None:
    for district in city:
        ordinary = {school.cluster_id for school in district.schools if school.kind == "primary"}
        assert {school.cluster_id for school in district.schools if school.kind == "small_rural"} <= ordinary


def test_registry_totals_are_those_of_the_students(city: list[District]) -> None:
    district = city[0]
    rows = [
        dict(zip(registry.COLUMNS["registry"], row, strict=True))
        for row in registry.build_lists(3, district)["registry"]
    ]
    assert sum(row["enrolled"] for row in rows) == len(district.students.klass)
    assert sum(row["boys"] for row in rows) == district.students.boy.sum()
    assert sum(row["boarders"] for row in rows) == district.students.boarder.sum()
    assert all(row["boarders"] == 0 for row in rows if not row["boarding"])
    assert all(row["off_site"] == 0 for row in rows if row["level"] != "vocational" or row["grade"] != 12)


def test_every_school_has_contacts_of_which_one_is_outside_and_local_names_for_known_places(
    city: list[District],
) -> None:
    for district in city:
        lists = registry.build_lists(3, district)
        outside = Counter(row[0] for row in lists["contacts"] if row[-1] == 1)
        assert outside == {school.school_id: 1 for school in district.schools}
        day = {school.school_id for school in district.schools if not school.boarding}
        assert not [row for row in lists["places"] if row[0] in day and row[1] == "dormitory"]


def test_names_of_schools_are_unique_in_a_large_city() -> None:
    schools = [school for part in build_schools(PARAMS, 3, 1200) for school in part]
    assert len({school.name for school in schools}) == len({school.school_id for school in schools}) == 1200
