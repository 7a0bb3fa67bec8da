"""The sheets: only allowed codes, stories that hold together, hands that are careless in the declared shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.simulator import (
    BANDS,
    Hotspot,
    Parameters,
    Question,
    Questionnaire,
    build_district,
    build_hotspots,
    build_schools,
    parameters,
    simulate_district,
)
from models.simulator.draws import EMPTY
from models.simulator.planted import true_rate
from pipelines.simulate import build_questionnaire
from survey.instrument import load_instrument

QUESTIONNAIRE = build_questionnaire(load_instrument())
FORMS = tuple(
    q.name
    for q in QUESTIONNAIRE.answers
    if q.name.endswith("_freq") and q.item not in ("seen_freq", "perp_freq", "wp_freq")
)


class City:
    """Two waves of 20 schools, columns joined over districts."""

    def __init__(
        self,
        scenario: str = "default",
        waves: int = 2,
        questionnaire: Questionnaire = QUESTIONNAIRE,
        params: Parameters | None = None,
    ) -> None:
        params = params or parameters(scenario)
        self.params = params
        self.districts = [build_district(params, 21, part) for part in build_schools(params, 21, 20)]
        self.chunks = [list(simulate_district(params, questionnaire, 21, d, waves)) for d in self.districts]

    def column(self, name: str, wave: int = 0, part: str = "responses") -> np.ndarray:
        return np.concatenate([getattr(chunks[wave], part)[name] for chunks in self.chunks])

    def band(self, wave: int = 0) -> np.ndarray:
        bands = {c: BANDS[b] for d in self.districts for c, b in zip(d.classes.class_id, d.classes.band, strict=True)}
        return np.array([bands[name] for name in self.column("class_id", wave)])


@pytest.fixture(scope="module")
def city() -> City:
    return City()


@pytest.fixture(scope="module")
def careful(city: City) -> np.ndarray:
    """Sheets of attentive students who took part."""
    hands = [city.column(name, part="sheets") for name in ("straight", "random", "prankster")]
    return (city.column("take_part") == 1) & ~np.any(hands, axis=0)


def answered(column: np.ndarray) -> np.ndarray:
    return ~np.isin(column, ["", "9"]) if column.dtype.kind == "U" else ~np.isin(column, [EMPTY, 9])


def test_the_questionnaire_holds_each_bands_own_options() -> None:
    questions = {question.name: question for question in QUESTIONNAIRE.answers}
    top = questions["place_top"].codes
    assert [band for band in BANDS if "placement" in top[band]] == ["voc"]
    assert set(questions["time__after_care"].codes) == {"g34", "g56", "jr"}
    assert set(questions["sex_freq"].codes) == {"jr", "sr", "voc"}
    assert questions["ver_freq"].substantive("jr") == (0, 1, 2, 3, 4) and questions["ver_freq"].refusal("jr") == 9


@pytest.mark.parametrize("wave", [0, 1])
def test_every_value_is_an_allowed_code_of_the_band_or_empty(city: City, wave: int) -> None:
    bands = city.band(wave)
    for question in QUESTIONNAIRE.answers:
        column = city.column(question.name, wave)
        empty = "" if question.kind == "text" else EMPTY
        for band in BANDS:
            allowed = {empty, *question.codes.get(band, ())}
            assert set(np.unique(column[bands == band]).tolist()) <= allowed, (question.name, band)


def test_apart_holds_every_sheet_once_without_a_class_and_in_another_order(city: City) -> None:
    for chunks, district in zip(city.chunks, city.districts, strict=True):
        assert set(chunks[0].apart) == {"school_id", "grade", *(q.name for q in QUESTIONNAIRE.apart)}
        schools = np.array([name.split("-")[0] for name in chunks[0].responses["class_id"]])
        assert sorted(schools) == sorted(chunks[0].apart["school_id"])
        assert (schools == chunks[0].apart["school_id"]).mean() < 0.5
        assert len(district.schools) == len(set(schools))


def test_rows_stand_in_no_order_of_classes(city: City) -> None:
    names = city.chunks[0][0].responses["class_id"]
    assert (names[1:] == names[:-1]).mean() < 0.05


def test_a_blank_sheet_is_empty_everywhere_and_one_or_two_percent_are_blank(city: City) -> None:
    blank = city.column("take_part") == 0
    assert 0.01 <= blank.mean() <= 0.02
    for question in QUESTIONNAIRE.answers:
        assert not np.any(city.column(question.name)[blank] != ("" if question.kind == "text" else EMPTY))
    assert not city.column("too_fast")[blank].any()


def test_a_multiple_answer_is_never_half_empty_and_none_stands_alone(city: City) -> None:
    items = {q.item for q in QUESTIONNAIRE.answers if q.kind == "flag"}
    for item in items:
        for band in BANDS:
            options = [q for q in QUESTIONNAIRE.answers if q.item == item and band in q.codes]
            if not options:
                continue
            table = np.array([city.column(q.name)[city.band() == band] for q in options])
            empty = (table == EMPTY).sum(axis=0)
            assert set(empty.tolist()) <= {0, len(options)}, (item, band)
            none = [q.option for q in options].index("none")
            others = np.delete(table, none, axis=0)
            assert not ((table[none] == 1) & (others == 1).any(axis=0)).any(), (item, band)


def test_refusals_and_gaps_are_rare(city: City, careful: np.ndarray) -> None:
    asked = np.isin(city.band(), ["jr", "sr", "voc"])
    column = city.column("ver_freq")[careful & asked]
    assert 0.002 < (column == EMPTY).mean() < 0.015
    assert 0.004 < (column == 9).mean() < 0.02


def test_stories_hold_together(city: City, careful: np.ndarray) -> None:
    """Still, told, places and times follow from what the same sheet says was lived and seen."""
    forms = np.array([city.column(name) for name in FORMS])
    clear = careful & np.all((forms != 9), axis=0)
    lived = np.isin(forms, [1, 2, 3, 4]).any(axis=0)
    whole = clear & (np.array([city.column(n) for n in FORMS[:4]]) != EMPTY).all(axis=0)
    for item, nothing in (("still_now", 0), ("told_result", 0)):
        column = city.column(item)
        judged = whole & answered(column)
        # A form left out is the only way in which a sheet can look as if nothing had been lived.
        assert ((column != nothing) == lived)[judged].mean() > 0.985, item
        assert (column[judged & lived] != nothing).all(), item
    top, seen = city.column("place_top"), city.column("seen_freq")
    judged = whole & answered(top) & answered(seen)
    assert (top[judged & (lived | (seen >= 1))] != "none").all()
    assert ((top == "none") == (~lived & (seen == 0)))[judged].mean() > 0.985


def test_the_top_place_is_among_the_places_and_has_a_time(city: City, careful: np.ndarray) -> None:
    judged = careful & (city.band() != "g34")
    top = city.column("place_top")
    times = [q.name for q in QUESTIONNAIRE.answers if q.item == "time" and q.option != "none"]
    some_time = np.any([city.column(name) == 1 for name in times], axis=0)
    for place in ("classroom", "toilet", "gate"):
        named = judged & (top == place)
        assert named.sum() > 20
        assert (city.column(f"place__{place}")[named] == 1).mean() > 0.98
        assert some_time[named].mean() > 0.98


def shares_by_class(city: City, rows: np.ndarray, values: np.ndarray) -> dict[str, float]:
    names = city.column("class_id")
    return {name: float(values[rows & (names == name)].mean()) for name in np.unique(names[rows])}


def students_by_class(city: City, flag: str) -> dict[str, float]:
    return {
        name: float(getattr(d.students, flag)[d.students.klass == row].mean())
        for d in city.districts
        for row, name in enumerate(d.classes.class_id)
    }


@pytest.mark.parametrize(
    ("item", "bands", "flag"), [("dorm_safe", ["sr", "voc"], "boarder"), ("wp_freq", ["voc"], "off_site")]
)
def test_what_does_not_apply_is_said_by_those_to_whom_it_does_not(
    city: City, careful: np.ndarray, item: str, bands: list[str], flag: str
) -> None:
    column = city.column(item)
    said = shares_by_class(city, careful & np.isin(city.band(), bands) & answered(column), column != 8)
    truth = students_by_class(city, flag)
    assert np.corrcoef([[said[name], truth[name]] for name in said], rowvar=False)[0, 1] > 0.85


def test_a_hotspot_shows_in_the_answers() -> None:
    hot = City(waves=1, params=replace(parameters("calm"), hotspot_share=1.0, hotspot_ratios=(5.0,)))
    plain = City("calm", waves=1)
    seen = expected = 0
    for d, with_spots, without in zip(hot.districts, hot.chunks, plain.chunks, strict=True):
        for spot in build_hotspots(hot.params, 21, d.schools):
            name = d.schools[spot.school].school_id
            seen += mentions_of_cell(with_spots[0].responses, name, spot)
            expected += mentions_of_cell(without[0].responses, name, spot)
    # Odds × 5 of a cell that holds 1–12 % of the mentions; several times a student: a little under 5 in all.
    assert 2.5 < seen / expected < 5


def mentions_of_cell(sheets: dict, school: str, spot: Hotspot) -> int:
    here = np.char.startswith(sheets["class_id"], school)
    return int((here & (sheets["place_top"] == spot.place) & (sheets[f"time__{spot.time}"] == 1)).sum())


def test_most_attentive_students_never_met_anything(city: City, careful: np.ndarray) -> None:
    forms = np.array([city.column(name) for name in FORMS])
    never = ~np.isin(forms, [1, 2, 3, 4]).any(axis=0)[careful]
    assert 0.65 < never.mean() < 0.85


def test_witness_follows_the_class_rate() -> None:
    """P(seen 2–3 times a month or more) = 1 − (1 − p)^2.5, p the class's true rate."""
    city = City("calm", waves=1)
    rates = dict(zip(city.column("class_id", part="classes"), city.column("true_rate", part="classes"), strict=True))
    expected = np.array([1 - (1 - rates[name]) ** 2.5 for name in city.column("class_id")])
    hands = np.any([city.column(name, part="sheets") for name in ("straight", "random", "prankster")], axis=0)
    seen = city.column("seen_freq")
    judged = (city.column("take_part") == 1) & ~hands & answered(seen)
    for low, high in ((0, 0.15), (0.15, 0.3), (0.3, 1)):
        group = judged & (expected >= low) & (expected < high)
        assert (seen >= 2)[group].mean() == pytest.approx(expected[group].mean(), abs=0.03)


def test_careless_hands_are_as_many_as_declared_and_leave_their_mark(city: City) -> None:
    straight, random = city.column("straight", part="sheets"), city.column("random", part="sheets")
    prankster = city.column("prankster", part="sheets")
    assert (straight | random).mean() == pytest.approx(0.05, abs=0.01)
    assert straight.sum() / (straight | random).sum() == pytest.approx(0.4, abs=0.08)
    assert 0.005 < prankster.mean() < 0.03
    pool = city.column("place_top") == "underground_pool"
    takes_part = city.column("take_part") == 1
    honest = takes_part & ~(straight | random | prankster)
    assert not pool[honest].any()
    assert pool[prankster & takes_part].mean() > 0.2
    assert city.column("too_fast")[random & takes_part].mean() > 0.3 > 0.02 > city.column("too_fast")[honest].mean()


def test_straight_liners_contradict_themselves_on_mixed_keys(city: City) -> None:
    from_the_start = city.column("straight", part="sheets") & (city.column("onset", part="sheets") == 0)
    rows = from_the_start & (city.column("take_part") == 1)
    assert np.array_equal(city.column("safe_school")[rows], city.column("lonely_school")[rows])


def test_attentive_victims_straight_lining_never_is_not_marked_careless(city: City, careful: np.ndarray) -> None:
    """The climate items of attentive students vary; else honest sheets would look like careless ones."""
    safe, lonely = city.column("safe_school")[careful], city.column("lonely_school")[careful]
    both = answered(safe) & answered(lonely)
    assert np.corrcoef(safe[both], lonely[both])[0, 1] < -0.25


def test_planted_outbreaks_stand_in_truth_and_in_the_answers(city: City) -> None:
    kind = city.column("outbreak", part="classes")
    true, base, target = (city.column(name, part="classes") for name in ("true_rate", "base_rate", "outbreak_target"))
    sudden = kind == "sudden"
    assert sudden.any()
    lifted = true_rate(parameters(), target)  # so many must meet it for the target to be what they report
    assert true[sudden] == pytest.approx(np.maximum(lifted, base)[sudden], abs=1e-4)
    calm = (kind == "none") & np.isclose(true, base)
    assert calm.mean() > 0.9
    listed = {row[1] for chunks in city.chunks for row in chunks[0].planted if row[0] == "class"}
    assert listed == set(city.column("class_id", part="classes")[kind != "none"])


def test_adding_a_wave_changes_no_earlier_one(city: City) -> None:
    longer = City(waves=3)
    for wave in (0, 1):
        for part in ("responses", "apart", "sheets", "classes"):
            for name in getattr(city.chunks[0][wave], part):
                mine, other = city.column(name, wave, part), longer.column(name, wave, part)
                assert np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f"), (part, name)


def test_the_same_students_come_back_within_a_class(city: City) -> None:
    enrolled = [
        dict(zip(*(city.column(c, wave, "classes") for c in ("class_id", "enrolled")), strict=True)) for wave in (0, 1)
    ]
    assert enrolled[0] == enrolled[1]


@pytest.mark.parametrize(("scenario", "pattern"), [("low_response", "low_response"), ("pranksters", "pranksters")])
def test_decoys_are_planted_and_told(scenario: str, pattern: str) -> None:
    city = City(scenario, waves=1)
    listed = {row[1] for chunks in city.chunks for row in chunks[0].planted if row[2] == pattern}
    assert listed
    names = city.column("class_id", part="classes")
    marked = np.isin(names, list(listed))
    share = city.column("answered", part="classes") / city.column("enrolled", part="classes")
    pranks = city.column("pranksters", part="classes")
    if pattern == "low_response":
        assert share[marked].mean() / share[~marked].mean() == pytest.approx(0.6, abs=0.06)
    else:
        assert pranks[marked].mean() > 3 > 1.5 > pranks[~marked].mean()


def test_term_rise_lifts_the_second_wave_by_a_fifth() -> None:
    plain, risen = City("calm"), City("term_rise")
    for wave, factor in ((0, 1.0), (1, 1.2)):
        ratio = risen.column("base_rate", wave, "classes").mean() / plain.column("base_rate", wave, "classes").mean()
        assert ratio == pytest.approx(factor, abs=0.04)


def test_an_item_the_model_does_not_know_is_refused_by_name() -> None:
    strange = Question("new_item", "new_item", None, "code", {"jr": (0, 1)})
    with pytest.raises(ValueError, match="new_item"):
        City(questionnaire=replace(QUESTIONNAIRE, answers=(*QUESTIONNAIRE.answers, strange)))


def test_a_shorter_instrument_is_answered_too() -> None:
    short = Questionnaire(tuple(q for q in QUESTIONNAIRE.answers if q.item in ("ver_freq", "place_top")), ())
    city = City(waves=1, questionnaire=short)
    assert set(city.chunks[0][0].responses) == {"class_id", "take_part", "too_fast", "ver_freq", "place_top"}


def test_half_of_the_careless_begin_late_and_answer_the_forms_like_others(city: City) -> None:
    onset, random = city.column("onset", part="sheets"), city.column("random", part="sheets")
    assert (onset[~np.isnan(onset)] > 0).mean() == pytest.approx(0.5, abs=0.08)
    takes_part, insults = city.column("take_part") == 1, city.column("ver_freq")
    early, late = random & (onset == 0) & takes_part, random & (onset > 0) & takes_part
    assert (insults[early] >= 2).mean() > 0.4 > 0.25 > (insults[late] >= 2).mean()


def test_victims_stay_away_at_the_declared_odds() -> None:
    # Classes that respond alike: the odds of each are then the odds of all.
    params = replace(parameters("calm"), absent_odds_victim=4.0, response_beta=(1800.0, 200.0))
    city = City(waves=1, params=params)
    victims, enrolled = (city.column(name, part="classes").sum() for name in ("victims", "enrolled"))
    there = city.column("victim", part="sheets")
    odds_absent = (victims - there.sum()) / there.sum()
    others_absent = (enrolled - victims - (~there).sum()) / (~there).sum()
    assert odds_absent / others_absent == pytest.approx(4.0, rel=0.15)


def test_three_in_ten_who_suffer_it_also_do_it(city: City, careful: np.ndarray) -> None:
    victim, did = city.column("victim", part="sheets"), city.column("perp_freq")
    judged = careful & np.isin(city.band(), ["jr", "sr", "voc"]) & answered(did)
    assert (did >= 2)[judged & victim].mean() == pytest.approx(0.30, abs=0.05)
    assert (did >= 2)[judged].mean() == pytest.approx(0.45 * victim[judged].mean(), abs=0.01)
