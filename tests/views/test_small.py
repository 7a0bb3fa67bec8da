"""A small school's one page, and what grades are told: what is said, what is not, and in which words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from views.test_pages import STATES, page, run

from dashboard.words import say, say_list

SIZES = ("S07", "S08")  # 56 students in four classes; 21, of whom half answered


def counselor(show_city: Callable[[str], None], address: str, school: str, state: str, language: str = "zh_CN") -> str:
    show_city(state)
    return run(page, role="counselor", scope=school, language=language, address=address)[1]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("school", SIZES)
def test_the_page_stands_in_every_state(show_city: Callable[[str], None], state: str, school: str) -> None:
    """Four parts, the sentence about single students and the numbers to call: whatever was released, or wasn't."""
    html = counselor(show_city, "signs", school, state, "en")
    if state == "empty":
        assert say("en", "empty.no_wave") in html
        return
    for part in ("known", "sure", "unknown", "act"):
        assert f"<h2>{say('en', f'small.{part}')}</h2>" in html
    assert say("en", "small.lone") in html and "12355" in html
    assert "None" not in html and "nan" not in html and "&lt;NA&gt;" not in html


def test_two_waves_are_told_as_answers_of_both(show_city: Callable[[str], None]) -> None:
    """A pool's counts are answers: called students they would be read as twice the children."""
    html = counselor(show_city, "signs", "S07", "demo")
    assert "2025 年秋季、2026 年春季" in html and "约 110 份" in html
    assert say("zh_CN", "pool_what.seen_not_told") in html and "不是认定，不指向任何一名学生" in html
    pooled = html[html.index(say("zh_CN", "small.pooled")) : html.index(say("zh_CN", "small.once"))]
    windows = re.findall(r"<b>(.*?)</b>", pooled)
    assert len(windows) == 6 + 2 * 4 and all(re.fullmatch(r"约 \d+–\d+ 人次", window) for window in windows)
    assert "校门外、路上、网上、别处" in pooled, "areas, in their order"


def test_what_the_line_takes_is_said_openly(show_city: Callable[[str], None]) -> None:
    assert "要到 21 人次才会提示" in counselor(show_city, "signs", "S07", "demo")


@pytest.mark.parametrize(("school", "key"), [("S07", "small.wait_year"), ("S08", "small.wait_few")])
def test_first_wave_says_what_it_waits_for(show_city: Callable[[str], None], school: str, key: str) -> None:
    for address in ("signs", "places"):
        html = counselor(show_city, address, school, "first_wave") if address == "signs" else again(school)
        assert say("zh_CN", "small.wait") in html and say("zh_CN", key) in html
        assert "人次" not in html


def again(school: str) -> str:
    return run(page, role="counselor", scope=school, language="zh_CN", address="places")[1]


def test_a_school_under_thirty_reads_its_cluster_and_nothing_of_its_own(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "signs", "S08", "demo")
    own, _, cluster = html.partition(say("zh_CN", "small.cluster"))
    assert "约 " in cluster and say("zh_CN", "small.cluster_help") in cluster and "云岭中心校" in cluster
    assert "%" not in own and say("zh_CN", "small.once") not in own


def test_a_suppressed_pool_shows_the_mark_and_no_conclusion(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "signs", "S07", "suppressed")
    assert say("zh_CN", "pool_level.no_conclusion") in html and say("zh_CN", "pool_silence.too_small") in html
    assert html.count('<b class="hid">·</b>') >= 6 + 2 * 4
    assert "ax-range" not in html and not re.search(r"\d+–\d+ 人", html)


def test_a_large_school_keeps_its_page_of_signs(show_city: Callable[[str], None]) -> None:
    html = counselor(show_city, "signs", "S03", "demo")
    assert say("zh_CN", "signs.title") in html and say("zh_CN", "small.title") not in html


@pytest.mark.parametrize("state", ["demo", "suppressed"])
def test_calm_classes_are_told_by_grade_only(show_city: Callable[[str], None], state: str) -> None:
    html = counselor(show_city, "classes", "S03", state)
    block = html[html.index(say("zh_CN", "calm.title")) :].split("</ul>")[0]
    assert [grade for grade in ("七年级", "八年级", "九年级") if grade in block] == ["七年级", "八年级", "九年级"]
    assert not re.search(r"年级（\d+）班", block), "no class is named beside such a number"
    assert bool(re.search(r"约 \d+–\d+ 名学生", block)) == (state == "demo")


@pytest.mark.parametrize("state", ["demo", "suppressed"])
def test_who_uses_a_place_stands_beside_the_places(show_city: Callable[[str], None], state: str) -> None:
    html = counselor(show_city, "places", "S03", state)
    facts = html[html.index(say("zh_CN", "uses.title")) :].split("</ul>")[0]
    assert "住校" in facts and "上晚自习" in facts and "女生" not in facts
    assert bool(re.search(r"约 \d+–\d+ 人", facts)) == (state == "demo")


def test_places_by_grade_follow_the_measure_that_is_chosen(show_city: Callable[[str], None]) -> None:
    """Every grade stands as a column, in order, in the map of either measure."""
    show_city("demo")
    app, html = run(page, role="counselor", scope="S03", language="zh_CN", address="places")
    table = html[html.rindex("<table>") :]
    assert re.findall(r"<th>(.年级)</th>", table) == ["七年级", "八年级", "九年级"]
    app.selectbox(key="grade_places").select("avoided").run()
    other = "\n".join(element.proto.body for element in app.get("html"))
    assert other[other.rindex("<table>") :] != table


def test_the_sheet_and_the_page_give_no_list_to_look_through(show_city: Callable[[str], None]) -> None:
    """The lead's sheet names no class and no number of students in either state."""
    show_city("demo")
    for school in ("S03", "S07"):
        html = run(page, role="lead", scope=school, language="zh_CN", address="sheet")[1]
        assert "班" not in html.replace("按班排查", "").replace("哪个班", "") and "人）" not in html
        assert all(line in html for line in say_list("zh_CN", "sheet.donts"))
