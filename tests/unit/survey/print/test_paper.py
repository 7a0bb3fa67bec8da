"""Paper asks what the screen asks, in the same order and words; the clerks' pages hold the codes and no more."""

from __future__ import annotations

import pytest
from print_jobs import BASE, SCHOOL, class_label, codes_in, job, pages_of, with_codes

from survey.codes import normalise
from survey.instrument import load_instrument
from survey.print.packet import render_entry, render_paper
from survey.print.paper import paper_blocks, paper_part
from survey.print.typeset import render_pdf
from survey.print.words import LANGUAGES
from survey.web.catalogue import load_catalogues
from survey.web.fields import build_screens

BANDS = load_instrument().bands
LANGS = pytest.mark.parametrize("lang", LANGUAGES)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("optional", [frozenset(), frozenset({"about"})], ids=["usual", "with about"])
def test_paper_and_screen_ask_the_same(band: str, optional: frozenset[str]) -> None:
    """A clerk who finds a question on paper that isn't on the screen loses its answers, and the reverse."""
    instrument = load_instrument()
    on_paper = [q["stem"] for block in paper_blocks(job(optional=optional), SCHOOL, band) for q in block["questions"]]
    words = load_catalogues()["zh_CN"]
    on_screen = [
        words.text(question.item).strip()
        for screen in build_screens(instrument, band, optional)
        for question in screen.questions
    ]
    assert on_paper == on_screen


@pytest.mark.parametrize("band", BANDS)
@LANGS
def test_every_answer_has_a_box(band: str, lang: str) -> None:
    """An answer that fell off the page can't be ticked."""
    part = paper_part(job(lang), SCHOOL, band)
    text = flat("".join(page.extract_text() for page in pages_of(render_pdf([part], "", lang)).pages))
    for block in part["blocks"]:
        for question in block["questions"]:
            assert flat(question["stem"]) in text
            for option in question["options"]:
                assert flat(option) in text
    assert text.count("12355") >= 1
    assert "{" not in text


def test_numbers_run_through() -> None:
    """Question numbers are how a teacher reading aloud and a clerk find their place."""
    numbers = [q["number"] for block in paper_blocks(job(), SCHOOL, "g34") for q in block["questions"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_places_carry_the_schools_own_names() -> None:
    options = [o for block in paper_blocks(job(), SCHOOL, "g34") for q in block["questions"] for o in q["options"]]
    assert "校园里没人的角落（车棚后面）" in options


def test_paper_says_nothing_of_computers() -> None:
    """The screen's promise speaks of devices and speed; on paper that would be untrue."""
    for band in BANDS:
        promise = "".join(paper_part(job(), SCHOOL, band)["promise"])
        assert "屏幕" not in promise
        assert "设备" not in promise
        assert "太快" not in promise


@LANGS
def test_masters_hold_no_code_and_count_the_copies(lang: str) -> None:
    """The school's file isn't encrypted, because there is nothing in it to steal."""
    numbers = [(class_label(1, 50, band="g34"), 55), (class_label(2, 40, band="g34"), 44), (class_label(3, 30), 33)]
    reader = pages_of(render_paper(job(lang), SCHOOL, numbers))
    texts = [page.extract_text() for page in reader.pages]
    assert not any(codes_in(text) for text in texts)
    cover = flat(texts[0])
    assert "×99" in cover
    assert "×33" in cover


@LANGS
def test_clerks_get_a_page_of_codes_for_each_class(lang: str) -> None:
    """Codes of two classes on one page would be mixed up, and a sheet counted for the wrong class."""
    stacks = with_codes([class_label(1, 55), class_label(2, 12)])
    reader = pages_of(render_entry(job(lang), SCHOOL, stacks))
    assert len(reader.pages) == 1 + len(stacks)
    for stack, page in zip(stacks, list(reader.pages)[1:], strict=True):
        assert sorted(codes_in(page.extract_text())) == sorted(stack.codes)
        links = [note.get_object()["/A"]["/URI"] for note in page["/Annots"]]
        assert sorted(links) == sorted(f"{BASE}/S0001/b2#{normalise(code)}" for code in stack.codes)
