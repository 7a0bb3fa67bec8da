"""Every kind of report: built in every state a city can be in, from the viewer's own file and casework alone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from report_school import AS_OF, BUREAU, DAY, DISTRICT, LIN, NASTY, ZHAO, Work, bars_of, pdf_text, words_of

from dashboard import published
from dashboard.casework import measures, store
from dashboard.exports import NotForYou, NotNow
from dashboard.reports import build as built
from dashboard.reports.blocks import Bars, Picture, Report, Table, Text
from dashboard.reports.build import KINDS, about_of, build_file, build_report, formats_of, render_report
from dashboard.reports.terms import term_days
from dashboard.viewer import Viewer
from dashboard.words import LANGUAGES, say

OF_ALL = ("term", "annual", "card", "patrol")  # what needs no casework
BOARDS = [(kind, viewer) for kind in ("term", "annual") for viewer in (BUREAU, DISTRICT)]
PERCENT = re.compile(r"(\d+)–(\d+)%")


def make(kind: str, viewer: Viewer = LIN, language: str = "zh_CN", **asked: str) -> Report:
    return build_report(kind, viewer, language, asked, AS_OF)


def asked_of(kind: str, work: Work) -> dict[str, str]:
    numbers = {"case": {"case": work.case.ref}, "inspection": {"n": "3", "seed": "7"}}
    numbers |= {kind: {"incident": work.incident.ref} for kind in ("incident", "followup")}
    return numbers.get(kind, {})


@pytest.mark.parametrize("scenario", ["demo", "first_wave", "suppressed", "empty"])
def test_every_kind_is_built_in_every_state(show_city: Callable[[str], None], scenario: str) -> None:
    """An empty, hidden or first survey leaves a page that says so; never an exception, never a zero for hidden."""
    show_city(scenario)
    store.forget()
    for kind, viewer in [(kind, LIN) for kind in OF_ALL] + BOARDS:
        report = make(kind, viewer, "en" if kind == "card" else "zh_CN")
        assert report.title and any(isinstance(block, Text) for block in report.blocks), (kind, viewer.role)
        if scenario in ("suppressed", "empty"):
            shown = [word for word in words_of(report) if PERCENT.search(word)]
            assert shown == [] and all(bar.lo is None for bar in bars_of(report)), (kind, viewer.role)
    store.forget()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_renders_whole_in_both_languages(work: Work, kind: str, language: str) -> None:
    """Words that look like formula or markup stay words, however long, in every format that the kind is made in."""
    viewer = BUREAU if kind == "inspection" else LIN
    report = make(kind, viewer, language, **asked_of(kind, work))
    text = pdf_text(render_report(report, "pdf"))
    assert report.title.replace(" ", "") in text and report.foot.replace(" ", "")[:30] in text
    for form in formats_of(kind)[1:]:
        with zipfile.ZipFile(BytesIO(render_report(report, form))) as book:
            whole = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        assert "<f>" not in whole and "<hyperlink" not in whole
    if kind in ("case", "incident", "followup"):
        assert NASTY.replace(" ", "")[:30] in text


def test_shares_in_a_report_are_released_windows(work: Work) -> None:
    """Walk every share of a school's and the bureau's reports: each is a window of that reader's own file."""
    for viewer, kinds in ((LIN, ("term", "annual", "card")), (BUREAU, ("term", "annual")), (DISTRICT, ("term",))):
        released = shares_of(viewer)
        for kind in kinds:
            report = make(kind, viewer)
            found = {(bar.lo, bar.hi) for bar in bars_of(report) if bar.lo is not None}
            found |= {(int(lo), int(hi)) for word in words_of(report) for lo, hi in PERCENT.findall(word)}
            assert found <= released, (kind, viewer.role, found - released)
            assert found or kind == "card"
    text = pdf_text(render_report(make("term"), "pdf"))
    assert {(int(lo), int(hi)) for lo, hi in PERCENT.findall(text)} <= shares_of(LIN)


def shares_of(viewer: Viewer) -> set[tuple[int, int]]:
    """Every (share_lo, share_hi) in the viewer's file, and what is usual in like schools, rounded as it is shown."""
    release = published.current_release()
    held: set[tuple[int, int]] = set()
    for table in published.TABLES:
        if not published.has_table(viewer, release, table):
            continue
        for row in published.read_rows(viewer, release, table):
            for lo, hi in (("share_lo", "share_hi"), ("low95", "high95")):
                if row.get(lo) is not None:
                    held.add((round(row[lo]), round(row[hi])))
    return held


def test_boards_name_no_class_no_sign_and_no_word_of_a_school(work: Work) -> None:
    """What a district or the bureau prints has counts and clocks; nothing that a counselor typed."""
    for kind, viewer in BOARDS:
        said = "".join(words_of(make(kind, viewer)))
        for word in ("班）", "704", "操场加人", "看过三次", NASTY[:20], "周校长", work.case.ref):
            assert word not in said, (kind, viewer.role, word)


def test_a_schools_own_report_leaves_class_and_history_at_school(work: Work) -> None:
    said = "".join(words_of(make("term")))
    for word in ("七年级（4）", "S03_704", "看过三次", "周校长"):
        assert word not in said, word
    assert say("zh_CN", "moves.class") in said


def test_board_opens_with_the_creed_and_goes_by_name(work: Work) -> None:
    """Schools stand in one order in every table, whatever their shares are."""
    for kind, viewer in [*BOARDS, ("term", LIN), ("annual", LIN)]:
        assert make(kind, viewer).blocks[0] == Text(say("zh_CN", "bureau.creed"), "creed")
    head = say("zh_CN", "bureau.school")
    tables = [block for block in make("term", BUREAU).blocks if isinstance(block, Table) and block.head[0] == head]
    orders = {tuple(row[0] for row in table.rows) for table in tables}
    assert len(tables) == 3 and len(orders) == 1 and len(orders.pop()) == 10


def test_annual_never_adds_the_two_terms(work: Work) -> None:
    report = make("annual")
    table = next(b for b in report.blocks if isinstance(b, Table) and b.title == say("zh_CN", "paper.found_year"))
    assert len(table.head) == 4 and report.gaps, "one column a term, one for the trend, none for a sum"
    chapters = [f"paper_annual.{name}" for name in ("governed", "worked", "bright", "problems", "better")]
    said = "".join(words_of(report))
    places = [said.index(say("zh_CN", key)) for key in chapters]
    assert places == sorted(places)


def test_annual_lists_what_has_no_evidence_as_a_gap(work: Work) -> None:
    gaps = "".join(make("annual").gaps)
    assert "方案和举报电话公布" in gaps and "刀具等危险物品" in gaps
    assert "专题教育和培训" not in gaps, "a lesson was noted"
    assert "公示栏" in gaps and "关爱台账" in gaps, "what no table here will ever show says where it is found"


def test_another_schools_case_or_incident_reads_like_none(work: Work) -> None:
    for kind, asked in (
        ("case", {"case": work.case.case_id}),
        ("incident", {"incident": work.incident.incident_id}),
        ("followup", {"incident": work.incident.incident_id}),
        ("case", {"case": ""}),
        ("term", {"school": "S03"}),
    ):
        with pytest.raises(NotForYou):
            make(kind, ZHAO, **asked)
    for kind in ("case", "incident", "followup", "card", "patrol"):
        for viewer in (BUREAU, DISTRICT, Viewer("o", "office", "S03"), Viewer("a", "auditor", "")):
            with pytest.raises(NotForYou):
                make(kind, viewer, **asked_of(kind, work))


@pytest.mark.parametrize(
    ("kind", "asked", "code"),
    [
        ("term", {"wave": "2031-1"}, "no_wave"),
        ("annual", {"year": "2031"}, "no_year"),
        ("annual", {"year": "../x"}, "no_year"),
        ("card", {"grade": "S01:g3"}, "no_grade"),
        ("patrol", {"people": "7"}, "no_plan"),
        ("patrol", {"slots": "-1"}, "no_plan"),
    ],
)
def test_what_is_not_there_is_refused_by_code(
    show_city: Callable[[str], None], kind: str, asked: dict[str, str], code: str
) -> None:
    show_city("demo")
    with pytest.raises(NotForYou, match=f"^{code}$"):
        make(kind, **asked)


def test_followup_says_what_changed_and_incident_tells_all(work: Work) -> None:
    whole, further = make("incident", incident=work.incident.ref), make("followup", incident=work.incident.ref)
    course = say("zh_CN", "incident.course")
    changed = next(b for b in further.blocks if isinstance(b, Table) and len(b.head) == 3)
    assert [row[0] for row in changed.rows] == [course] and changed.rows[0][1:] == ("推搡，一人摔倒", NASTY.strip())
    assert sum(isinstance(block, Table) for block in whole.blocks) == 3, "the chain, and each version in full"


def test_case_file_has_clocks_rule_and_every_step(work: Work) -> None:
    said = "".join(words_of(make("case", case=work.case.ref)))
    for key in ("clock.unchecked", "judgement.bullying", "step.judge", "step.open"):
        assert say("zh_CN", key) in said, key
    assert "教督〔2017〕10号" in said and "委员会会议" in said and work.incident.ref in said


def test_report_stops_at_its_day(work: Work) -> None:
    """What happened after the day that a report is counted up to stays out of it."""
    early = build_report("term", LIN, "zh_CN", {}, date(2026, 6, 9))
    assert "厕所修灯" not in "".join(words_of(early)) and "厕所修灯" in "".join(words_of(make("term")))
    with pytest.raises(NotForYou):
        build_report("case", LIN, "zh_CN", {"case": work.case.ref}, date(2026, 6, 9))


def test_a_measure_past_its_day_is_said_to_be(work: Work) -> None:
    """On the day that the report is counted up to, not on the day that it is printed."""
    measures.add_measure(LIN, "修门", "place", "yard", "happens", "2026-1", "德育处", DAY, due_on=date(2026, 6, 20))
    for as_of, key in ((date(2026, 6, 20), "by"), (date(2026, 6, 21), "late")):
        said = "".join(words_of(build_report("term", LIN, "zh_CN", {}, as_of)))
        assert say("zh_CN", f"paper.not_done_{key}", day="2026 年 6 月 20 日") in said


def test_card_says_whole_tenths_of_the_school_and_never_a_class(work: Work) -> None:
    report = make("card")
    said = "".join(words_of(report))
    assert "10 位同学" in said and not PERCENT.search(said) and "704" not in said and "这个班谈心" not in said
    assert "厕所修灯" in said and any("操场加人" in gap for gap in report.gaps), (
        "promised now; promised before, not done"
    )
    held = next(one for one in measures.list_measures(LIN) if one.what == "操场加人")
    measures.finish_measure(LIN, held.measure_id, DAY, "每天两人")
    assert not any("操场加人" in gap for gap in make("card").gaps)


def test_grade_card_uses_the_grades_own_windows(work: Work) -> None:
    report = make("card", grade="S03:g7")
    assert "七年级" in report.subtitle and "最常发生" not in "".join(words_of(report)), "times aren't known by grade"


def test_small_school_is_told_areas_and_a_card_without_numbers_says_so(show_city: Callable[[str], None]) -> None:
    show_city("demo")
    store.forget()
    small = Viewer("pan", "counselor", "S07")
    charts = {b.title: b for b in make("term", small).blocks if isinstance(b, Bars)}
    assert len(charts[say("zh_CN", "places.happens")].bars) == 4
    fewest = "".join(words_of(make("card", Viewer("du", "counselor", "S08"))))
    assert say("zh_CN", "paper_card.too_few") in fewest
    store.forget()


def test_evidence_pictures_carry_the_line_about_faces(work: Work) -> None:
    blocks = make("term").blocks
    assert any(isinstance(block, Picture) for block in blocks)
    assert Text(say("zh_CN", "paper.no_faces"), "note") in blocks


def test_patrol_sheet_is_the_released_plan(work: Work) -> None:
    posts = next(b for b in make("patrol", people="2", slots="3").blocks if isinstance(b, Table))
    assert len(posts.rows) == 6 and len({row[0] for row in posts.rows}) == 3
    assert all(row[2:] == ("", "") for row in posts.rows), "room to sign and to write"


def test_button_builds_the_same_file_and_its_entry_says_no_content(work: Work) -> None:
    asked = {"case": work.case.ref, "format": "docx"}
    file = build_file("case", LIN, "zh_CN", asked)
    assert file.name.endswith(".docx") and work.case.ref in file.name
    assert file.about == about_of("case", LIN, asked) == f"report case S03 {work.case.ref} docx"
    with pytest.raises(NotForYou):
        build_file("card", LIN, "zh_CN", {"format": "xlsx"})


def test_missing_font_asks_to_come_back(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise built.CannotPrint("no font")

    monkeypatch.setattr(built, "render_pdf", fails)
    with pytest.raises(NotNow):
        build_file("term", LIN, "zh_CN", {})


def test_terms_are_half_years() -> None:
    assert term_days("2026-1") == (date(2026, 2, 1), date(2026, 7, 31))
    assert term_days("2026-2") == (date(2026, 8, 1), date(2027, 1, 31))


def test_inspection_is_drawn_again_from_its_seed_and_for_no_school(work: Work) -> None:
    """Else the paper would name other schools than the page, or a school could print the list."""
    asked = {"n": "3", "seed": "7"}
    first, again = (words_of(make("inspection", BUREAU, "zh_CN", **asked)) for _ in range(2))
    assert first == again and any("7" in word for word in first)
    for viewer, wrong in ((LIN, asked), (BUREAU, {"n": "3"}), (BUREAU, {"n": "x", "seed": "7"})):
        with pytest.raises(NotForYou):
            make("inspection", viewer, "zh_CN", **wrong)
    assert "seed" not in about_of("inspection", BUREAU, asked) and "3 7" in about_of("inspection", BUREAU, asked)
