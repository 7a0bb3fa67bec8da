"""Words: both languages complete, every key used exists, no Chinese outside the catalogues."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from published_city import ROOT, contract, yaml

from dashboard.casework.counts import STATES
from dashboard.casework.values import (
    ACTIVITY_KINDS,
    CASE_STATUSES,
    INCIDENT_KINDS,
    JUDGEMENTS,
    OUTCOMES,
    SIGN_MOVES,
    SIGN_STATUSES,
    TURNS,
)
from dashboard.look import LEVELS, MARKS
from dashboard.reading.apart import ABOUT_QUESTIONS
from dashboard.reading.credibility import PARTS
from dashboard.reading.fields import CLOCKS, LISTS
from dashboard.reading.fields import STATES as FIELD_STATES
from dashboard.reading.inspection import CHANCE, WEIGHTS
from dashboard.reading.series import TABLES
from dashboard.reading.targets import KINDS as KINDS_MOVED
from dashboard.reading.tasks import GROUPS
from dashboard.reports.build import BUILDERS
from dashboard.reports.docx import STYLES
from dashboard.reports.done import CLOCKS as REPORT_CLOCKS
from dashboard.site import PAGES
from dashboard.views.actions import SECTIONS as BOARDS
from dashboard.views.decisions import FORMS, RESULTS
from dashboard.views.history import ACTIONS
from dashboard.views.incidents import PEOPLE, TEXTS
from dashboard.views.records import SECTIONS
from dashboard.views.today import WHOSE
from dashboard.words import LANGUAGES, catalogue, say, say_list

CODE = Path(__file__).parents[3] / "dashboard"
SOURCES = [p for kind in ("*.py", "*.html") for p in CODE.rglob(kind)]
CASEWORK = "".join(path.read_text(encoding="utf-8") for path in (CODE / "casework").glob("*.py"))
KEY = re.compile(r"""["']([a-z_]+\.[a-z_]+)["']""")
TEXT = {path: path.read_text(encoding="utf-8") for path in SOURCES}


def values(table: str, column: str) -> list[str]:
    listed = contract(table)["columns"][column]["values"]
    if isinstance(listed, list):
        return listed
    return list(yaml.safe_load((ROOT / "data/reference/policy.yml").read_text(encoding="utf-8"))[listed])


RULES = yaml.safe_load((ROOT / "data/reference/rules.yml").read_text(encoding="utf-8"))["rules"]
# Words of the desk, by what casework calls a thing.
DESK = {
    "case_status": CASE_STATUSES,
    "activity_kind": ACTIVITY_KINDS,
    "check": RESULTS,
    "clock_state": STATES,
    "download": list(BUILDERS),
    "escalated": ("deputy", "district"),
    "incident_kind": INCIDENT_KINDS,
    "judgement": JUDGEMENTS,
    "move": [to for moves in SIGN_MOVES.values() for to in moves],
    "moves": KINDS_MOVED,
    "outcome": OUTCOMES,
    "part": PARTS,
    "quality": values("pub_class_wave_credibility", "speed"),
    "records": SECTIONS,
    "status": SIGN_STATUSES,
    "step": [*ACTIONS, "other"],
    "turn": TURNS,
    "gone": ("locked", "full", "read_only", "damaged", "gone"),
    "refused": [*re.findall(r'Refused\("(\w+)"', CASEWORK), *re.findall(r'return "(looks_\w+)"', CASEWORK), "other"],
    "clock": ("inquiry", "review"),
    "incident": [*TEXTS, *PEOPLE],
    "do": FORMS,
    "case": ["review_ask", "review_answer", "close", "measures_begin"],
    "today": [f"{g}{e}" for g in GROUPS for e in ("", "_help") if (g, e) != ("closed", "_help")]
    + [f"whose_{whose}" for whose in WHOSE],
}
# Words on paper, by what reports call a thing.
PAPER = {
    "paper": [
        "what",
        "moves",
        "begun",
        "done",
        "turn",
        "work",
        "times_head",
        "people",
        "last",
        "six",
        "seven",
        "version_head",
        "reported",
        "report_due",
        "next_due",
        "clock",
        "due",
        "kept",
        "when",
        "step",
        "reason",
    ],
    "paper_clock": REPORT_CLOCKS,
    "paper_font": {font for font, *_ in STYLES.values()},
    "paper_place": [*values("pub_school_wave_comparison", "place"), "none"],
    "paper_title": ["incident", "followup"],
    "paper_word": [
        *values("pub_school_wave_gap", "witness_gap"),
        *values("pub_school_wave_gap", "reported_gap"),
        "none",
    ],
}
# Words of the bureau's table.
BUREAU = {
    "board": [*BOARDS, *LISTS],
    "board_clock": CLOCKS,
    "committee": ("complete", "incomplete", "none"),
    "drawn_by": ("weight", CHANCE),
    "field_state": FIELD_STATES,
    "gap_reported": values("pub_school_wave_gap", "reported_gap"),
    "gap_witness": values("pub_school_wave_gap", "witness_gap"),
    "not_compared": [*values("pub_school_wave_comparison", "reason"), "no_row"],
    "place_in": values("pub_school_wave_comparison", "place"),
    "scale_name": ("climate",),
    "visit": WEIGHTS,
}
# key built from a code: prefix → every code that may follow
BUILT = {
    **{f"{prefix}.": list(codes) for prefix, codes in (DESK | PAPER | BUREAU).items()},
    "level.": values("pub_class_wave_signal", "level"),
    "kind.": values("pub_class_wave_signal", "kind"),
    "trend.": [*values("pub_class_wave_signal", "trend"), "none"],
    "silence.": [*values("pub_class_wave_signal", "reason"), "unknown"],
    "state.": values("pub_school_wave_coverage", "state"),
    "compared.": [*values("pub_school_wave_indicator", "compared"), "none"],
    "reason.": [*values("pub_school_wave_indicator", "suppression_reason"), "no_row"],
    "school_level.": [*values("pub_unit", "level"), "other"],
    "page.": [address for pages in PAGES.values() for address in pages],
    "role.": list(PAGES),
    "empty.": [f"{r}{e}" for r in ("no_release", "not_for_you", "no_wave", "error", "log") for e in ("", "_help")],
    "places.": [f"{m}{e}" for m in values("pub_school_wave_place", "measure") for e in ("", "_help")],
    "trend_page.": [*[kind for kind in TABLES if kind != "grade"], "worse", "better", "neutral"],
    "log_action.": ["signin", "signout", "view", "open", "export", "change", "help_slip", "draw", "school"],
    "log_about.": ["password", "sign", "case", "incident", "inspection", "n", "seed"],
    "log_broken.": ["missing", "changed", "head"],
    "sheet.": [f"{s}{e}" for s in values("pub_school_wave_sheet", "statement") for e in ("", "_help")],
    "about.": list(ABOUT_QUESTIONS),
    "pool_silence.": values("pub_school_pool_signal", "reason"),
    "pool_level.": ["no_group_signal", "no_conclusion"],
    "pool_what.": [*(rule["id"] for rule in RULES), "other"],
}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert set(chinese) == set(english)
    for key, text in chinese.items():
        fields = [sorted({name for _, name, *_ in Formatter().parse(held) if name}) for held in (text, english[key])]
        assert fields[0] == fields[1], key
        assert (text or key == "signs.space") and english[key], key  # no space between Chinese sentences


def test_every_key_used_exists() -> None:
    known = set(catalogue("zh_CN"))
    prefixes = {key.split(".")[0] for key in known}
    used = {key for text in TEXT.values() for key in KEY.findall(text) if key.split(".")[0] in prefixes}
    files = {path.name for path in (*SOURCES, *CODE.rglob("*.typ"), *(ROOT / "data/reference").glob("*.yml"))}
    assert used - files - known == set()
    for prefix, codes in BUILT.items():
        assert {prefix + code for code in codes} <= known, prefix


def test_what_a_rule_says_stands_in_the_reference_list_alone() -> None:
    """Two homes would say two things: one of the text, one of the page."""
    texts = {text for rule in RULES for text in rule["what"].values()}
    for language in LANGUAGES:
        assert not texts & set(catalogue(language).values())


def test_no_key_is_left_over() -> None:
    used = {key for text in TEXT.values() for key in KEY.findall(text)}
    built = {prefix + code for prefix, codes in BUILT.items() for code in codes}
    left = {key for key in catalogue("zh_CN") if key not in used | built}
    assert left == set()


def test_no_chinese_outside_the_catalogues() -> None:
    for path, text in TEXT.items():
        assert not re.search(r"[\u4e00-\u9fff]", text), path


def test_english_has_no_chinese_but_the_name_of_the_other_language() -> None:
    mixed = {key for key, text in catalogue("en").items() if re.search(r"[\u4e00-\u9fff]", text)}
    assert mixed == {"app.language_other"}


def test_every_level_has_a_mark_of_its_own() -> None:
    assert set(LEVELS) == set(values("pub_class_wave_signal", "level"))
    assert len({MARKS[level] for level in LEVELS}) == len(LEVELS)


def test_missing_key_is_an_error_and_lists_split_into_lines() -> None:
    with pytest.raises(KeyError):
        say("zh_CN", "no.such_key")
    assert len(say_list("zh_CN", "small.steps")) == len(say_list("en", "small.steps")) > 2
