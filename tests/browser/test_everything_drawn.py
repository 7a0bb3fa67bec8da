"""Everything drawn is released: each number that reaches the browser is of the viewer's file, or follows from it.

All frames and replies are kept; text and figures in them are walked number by number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from browser.test_dashboard import Visit, address, chromium, visit  # noqa: F401 (fixtures)

from dashboard.published import CONFIG
from dashboard.site import PAGES

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"(?<![\w#.&-])\d+(?:\.\d+)?(?![\w;])")
FIGURE = re.compile(r'\{"data":\s*\[')
DRAWN = ("x", "base", "text", "hovertext", "customdata", "size", "color")  # what a trace says with numbers
AXIS = {float(tick) for tick in range(0, 3001, 100)}  # round numbers of answers below the funnel
SLIVER = 0.2  # a window of one value is still drawn
VIEWERS = {  # account: role, file
    "lin": ("counselor", "school_S03"),
    "wu": ("counselor", "school_S07"),
    "sun": ("lead", "lead_S03"),
    "chen": ("bureau", "bureau"),
}
LINES = "[...document.querySelectorAll('.ax-range i')].map(e => e.style.left + ' ' + e.style.width)"


def released_numbers(file: Path) -> set[float]:
    """Every number of the file, and what is read off a window: its length, its middle, and sums of classes.

    Read with the dashboard's settings: a process opens a file in one way, and a test before may hold it open.
    """
    found: set[float] = set()
    with duckdb.connect(str(file), read_only=True, config=dict(CONFIG)) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            for row in connection.execute(f"SELECT * FROM {table}").df().to_dict("records"):
                for value in row.values():
                    found |= set(numbers_in(value))
                found |= window_numbers(row)
    return found


def window_numbers(row: dict[str, Any]) -> set[float]:
    found = set()
    for low, high in (("lo", "hi"), ("share_lo", "share_hi")):
        if row.get(low) == row.get(low) and row.get(low) is not None and row.get(high) is not None:
            found |= {row[high] - row[low], (row[high] + row[low]) / 2, row[high] + 1}
    if row.get("expected") == row.get("expected") and row.get("expected") is not None:
        limits = (row[name] for name in ("low95", "high95", "low998", "high998") if row[name] == row[name])
        found |= {limit - row["expected"] for limit in limits} | {round(limit - row["expected"], 1) for limit in limits}
    found |= {row[name] / 100 for name in ("alpha", "omega") if row.get(name) == row.get(name) and row.get(name)}
    return {float(value) for value in found}


def numbers_in(value: Any) -> Iterator[float]:
    """Numbers of a value: a number itself, or those that stand in a text."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float) or hasattr(value, "dtype"):
        yield from [float(value)] if value == value else []
    elif isinstance(value, str):
        yield from (float(part) for part in NUMBER.findall(re.sub(r"<[^>]*>", " ", value)))
    elif isinstance(value, dict):
        for part in value.values():
            yield from numbers_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from numbers_in(part)


def figures_in(text: str) -> Iterator[dict[str, Any]]:
    """Every plotly figure in a text of frames."""
    for found in FIGURE.finditer(text):
        try:
            yield json.JSONDecoder().raw_decode(text, found.start())[0]
        except json.JSONDecodeError:
            continue


def drawn_numbers(figure: dict[str, Any]) -> Iterator[float]:
    """Numbers a figure says something with; the strength of a map's cell is squared back to a ratio of shares."""
    for trace in figure["data"]:
        yield from numbers_in([trace.get(name) for name in DRAWN])
        yield from numbers_in((trace.get("marker") or {}).get("size"))
    yield from numbers_in([note.get("text") for note in figure.get("layout", {}).get("annotations", [])])


def odd_strengths(figure: dict[str, Any], allowed: set[float]) -> list[float]:
    """Strengths of a map that are no root of a ratio of two released numbers up to 100."""
    shares = sorted(number for number in allowed if 0 < number <= 100)
    ratios = {round(one / other, 6) for one in shares for other in shares} | {0.0}
    found = [number for trace in figure["data"] for number in numbers_in(trace.get("z"))]
    return [number for number in found if round(number**2, 6) not in ratios]


def odd_places(figure: dict[str, Any]) -> list[float]:
    """Heights that are no row of the chart: rows lie on a grid that no value moves."""
    found = [number for trace in figure["data"] for number in numbers_in(trace.get("y"))]
    return [number for number in found if abs(number * 20 - round(number * 20)) > 1e-6]


def own_words() -> set[float]:
    """Numbers of the dashboard's own catalogues."""
    folder = Path(__file__).parents[2] / "dashboard" / "words"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.yml"))
    return set(numbers_in(text))


@pytest.mark.parametrize(
    "name", [name if name == "lin" else pytest.param(name, marks=pytest.mark.long) for name in VIEWERS]
)
def test_every_number_that_arrives_was_released(
    visit: Callable[..., Visit],  # noqa: F811
    cities: Callable[[str], Path],
    name: str,
) -> None:
    """Texts, axes, hover words and marker sizes of every page, in the page and in what the page was made from."""
    role, audience = VIEWERS[name]
    release = (cities("demo") / "current").read_text(encoding="utf-8").strip()
    allowed = released_numbers(cities("demo") / release / f"{audience}.duckdb") | own_words()
    held = visit()
    held.sign_in(name)
    shown: list[str] = []
    lines: list[str] = []
    held.open("")
    for page in PAGES[role]:
        held.turn_to(page)
        held.page.wait_for_timeout(400)
        shown.append(held.page.evaluate("document.body.innerText"))
        lines += held.page.evaluate(LINES)
        shown += held.page.evaluate(
            "[...document.querySelectorAll('[aria-label],[title],[alt]')].flatMap(e =>"
            " ['aria-label', 'title', 'alt'].map(a => e.getAttribute(a) || ''))"
        )
    texts = [number for text in shown for number in numbers_in(text)]
    figures = list(figures_in(held.bytes_received()))
    drawn = [number for figure in figures for number in drawn_numbers(figure)]
    assert len(texts) > (1 if role == "lead" else 50)
    bars = {float(number) for line in lines for number in re.findall(r"[\d.]+", line)}
    assert bars - allowed - {1.0} == set(), "a window's line is where its shares are, at least a hair wide"
    assert len(lines) > 10 if name == "wu" else not lines
    assert set(texts) - allowed - AXIS == set()
    assert set(drawn) - allowed - {SLIVER} == set()
    assert [odd for figure in figures for odd in odd_strengths(figure, allowed) + odd_places(figure)] == []
    assert len(drawn) > 50 if name == "lin" else True


def test_the_walk_finds_a_number_that_was_not_released() -> None:
    """The control: an exact count in a hover text, in a bar, in a sentence, in a colour of a map."""
    figure = {"data": [{"x": [17, 23], "customdata": ["37 of 41"], "z": [[0.5, 0.123]], "y": [1.234]}], "layout": {}}
    text = "frame\x00" + json.dumps(figure) + "\x01more"
    (found,) = figures_in(text)
    assert set(drawn_numbers(found)) - {17.0, 41.0} == {23.0, 37.0}
    assert odd_strengths(found, {1.0, 4.0}) == [0.123]
    assert odd_places(found) == [1.234]
    assert set(numbers_in("<b title='9'>12</b> of S03, 3.5 %")) == {12.0, 3.5}
