"""Code slips: the codes issued and no others, each with its own QR code, its own class, and the same card for all."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from time import process_time

import pytest
from print_jobs import BARE_SCHOOL, BASE, LONG_SCHOOL, SCHOOL, class_label, codes_in, job, pages_of, with_codes
from pypdf import PdfReader
from qr_reader import read_codes

from survey.print.addresses import QUIET, draw_qr
from survey.print.job import ClassCodes, count_slips
from survey.print.packet import render_slips
from survey.web.pages import BAND_PATHS

HALF_WIDTH = 297.64  # points: a place is 105 × 99 mm
HEIGHT = 280.63


@pytest.fixture(scope="module")
def stacks() -> list[ClassCodes]:
    sizes = [6, 1, 3, 4, 2, 3, 2]
    return with_codes([class_label(n, size, band="g34" if n < 3 else "g56") for n, size in enumerate(sizes, 1)])


@pytest.fixture(scope="module", params=["zh_CN", "en"])
def reader(request: pytest.FixtureRequest, stacks: list[ClassCodes]) -> PdfReader:
    return pages_of(render_slips(job(request.param), SCHOOL, stacks))


def slip_pages(reader: PdfReader) -> list[int]:
    """Indices of the pages with codes; the page before the first holds its group's labels."""
    return [number for number, text in enumerate(texts_of(reader)) if codes_in(text)]


def cover_pages(reader: PdfReader) -> int:
    """Pages before the letter."""
    return next(number for number, text in enumerate(texts_of(reader)) if "12345" in text)


@cache
def texts_of(reader: PdfReader) -> tuple[str, ...]:
    return tuple(page.extract_text() for page in reader.pages)


def test_printed_codes_are_those_issued(reader: PdfReader, stacks: list[ClassCodes]) -> None:
    """A code missing on paper is a child turned away; a code that wasn't issued is too."""
    printed = [code for text in texts_of(reader) for code in codes_in(text)]
    assert sorted(printed) == sorted(code for stack in stacks for code in stack.codes)


def test_qr_codes_lead_where_the_typed_codes_lead(reader: PdfReader, stacks: list[ClassCodes]) -> None:
    """A QR code beside another child's code would spend that child's slip."""
    wanted = {
        f"{BASE}/S0001/{'b1' if stack.label.band == 'g34' else 'b2'}#{code}" for stack in stacks for code in stack.codes
    }
    numbers = slip_pages(reader)
    for page in (reader.pages[numbers[0]], reader.pages[numbers[-1]]):
        addresses = list(read_codes(page).values())
        with_code = [address for address in addresses if "#" in address]
        assert set(with_code) <= wanted
        assert sorted(a.partition("#")[2] for a in with_code) == sorted(codes_in(page.extract_text()))
        assert addresses.count(f"{BASE}/help-slip/S0001") == len(with_code)


def test_each_place_of_a_stack_is_one_class(stacks: list[ClassCodes]) -> None:
    """Read from the finished pages, not from the plan: cutting through the stack mixes no classes."""
    owner = {code: stack.label.class_id for stack in stacks for code in stack.codes}
    reader = pages_of(render_slips(job(), SCHOOL, stacks))
    numbers = slip_pages(reader)
    for group in (numbers[:8], numbers[8:]):  # the largest class has 8 slips; six classes lie in the first group
        found = defaultdict(set)
        for number in group:
            for (x, y), address in read_codes(reader.pages[number]).items():
                if "#" in address:
                    found[int(x // HALF_WIDTH), int(y // HEIGHT)].add(owner[address.partition("#")[2]])
        assert len(found) >= 3, "read too few"
        assert all(len(classes) == 1 for classes in found.values())


def test_page_count(reader: PdfReader) -> None:
    """A text that spills makes a page of its own, and then every following page number on the cover is wrong."""
    cover = cover_pages(reader)
    letter, timetable, proctors, labels = 1, 1, 7 + 1, 2
    assert cover <= 2
    assert len(reader.pages) == cover + letter + timetable + proctors + labels + 8 + 1


def test_cover_names_the_pages_to_print(reader: PdfReader) -> None:
    """Whoever prints by the cover gets all slips and nothing else."""
    numbers = slip_pages(reader)
    assert f"{numbers[0]}–{numbers[-1] + 1}" in reader.pages[0].extract_text()


def test_codes_stand_on_slips_only(reader: PdfReader) -> None:
    """Cover, letter and proctor sheets lie open on desks."""
    numbers = slip_pages(reader)
    assert numbers[0] == cover_pages(reader) + 1 + 1 + 8 + 1  # after letter, timetable, proctor sheets, labels


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_long_names_stay_on_their_slip(lang: str) -> None:
    """A name that spills pushes the code off its slip or onto the neighbour's."""
    label = class_label(1, 16, band="g34", name="三年级（12）班（国际理解教育与艺术体育融合创新实验班）")
    pdf = render_slips(job(lang), LONG_SCHOOL, with_codes([label]))
    reader = pages_of(pdf)
    assert len(reader.pages) == cover_pages(reader) + 1 + 1 + 2 + 1 + 3
    assert len(codes_in(reader.pages[-3].extract_text())) == 6


def test_school_without_details_gets_lines_to_write_on() -> None:
    """A missing telephone isn't printed as None or as an empty bracket."""
    reader = pages_of(render_slips(job(), BARE_SCHOOL, with_codes([class_label(1, 12)])))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "None" not in text
    assert "{" not in text
    assert len(reader.pages) == 1 + 1 + 1 + 2 + 1 + 3


@pytest.mark.parametrize(("enrolled", "slips"), [(1, 3), (12, 14), (20, 22), (21, 24), (30, 33), (55, 61), (70, 77)])
def test_at_least_a_tenth_and_two_are_spare(enrolled: int, slips: int) -> None:
    """A torn slip must not be a child's only chance."""
    assert count_slips(enrolled, 0.1) == slips


def test_slip_codes_are_hidden_from_repr(stacks: list[ClassCodes]) -> None:
    """A traceback or a log line with a class in it shows no code."""
    assert not any(code in repr(stacks) for code in stacks[0].codes)


def test_qr_codes_have_their_quiet_zone() -> None:
    """Cameras need four modules of white around."""
    assert f'viewBox="-{QUIET} -{QUIET} ' in draw_qr("https://a.cn")
    assert QUIET == 4


def test_paths_of_bands_are_those_of_the_form() -> None:
    """A slip that leads to another band's form shows a nine-year-old the questions of the older ones."""
    site, bands = job().site, job().instrument.bands
    assert [site.form("S", band) for band in bands] == [f"{BASE}/S/{path}" for path in BAND_PATHS[: len(bands)]]


@pytest.mark.long
def test_two_thousand_slips_take_seconds() -> None:
    """A bureau prints a hundred schools in an afternoon. Processor seconds, so that a busy machine doesn't matter."""
    stacks = with_codes([class_label(number, 50) for number in range(1, 41)])
    began = process_time()
    reader = pages_of(render_slips(job(), SCHOOL, stacks))
    assert process_time() - began < 20
    assert len(reader.pages) == 2 + 1 + 2 + 41 + 7 * (1 + 55)  # cover, letter, timetable, proctor sheets, 7 groups
