"""Cards name rows that the bench makes, and hold no number of their own."""

from __future__ import annotations

import re

import pytest

from pipelines.bench.detection.cards import BLOCK, CARDS, NOT_RUN, figures_of, fill_card

ROWS = {
    "A": {"value": 0.5, "se": 0.01, "reference": "B"},
    "B": {"value": 0.25, "se": None, "reference": None},
}
# What these cards describe has no row in the bench.
WITHOUT_FIGURES = ("credibility.md", "patrol.md")
CARD = "words\n<!-- figures: A B C -->\nold\n<!-- end -->\nmore\n"


def test_figures_are_written_anew_and_twice_is_once() -> None:
    once = fill_card(CARD, ROWS)
    assert "| A | 0.500 | 0.010 | 0.250 (B) |" in once and "| B | 0.250 |  |  |" in once
    assert f"| C | {NOT_RUN} |" in once and "old" not in once
    assert fill_card(once, ROWS) == once
    assert once.startswith("words\n") and once.endswith("more\n")


@pytest.mark.parametrize("name", sorted(path.name for path in CARDS.glob("*.md")))
def test_a_card_says_what_it_is_not_for_and_shows_figures(name: str) -> None:
    text = (CARDS / name).read_text(encoding="utf-8")
    assert figures_of(text) or name in WITHOUT_FIGURES
    for words in ("**用途**", "**不用于**", "**局限**", "**Purpose**", "**Not for**", "**Limits**"):
        assert words in text, words
    assert text.index("## 中文") < text.index("## English")


@pytest.mark.parametrize("name", sorted(path.name for path in CARDS.glob("*.md")))
def test_no_measured_number_stands_in_the_words(name: str) -> None:
    """A figure in the words would be stale after the next run; three decimals are the bench's."""
    words = BLOCK.sub("", (CARDS / name).read_text(encoding="utf-8"))
    assert not re.search(r"\d\.\d{3}", words)


def test_a_block_of_another_bench_stays_as_it_is() -> None:
    """The mood samples' figures aren't lost when the detection bench fills the cards, nor the other way round."""
    other = "<!-- figures: mood_x -->\nkept\n<!-- end -->\n"
    assert fill_card(CARD + other, ROWS) == fill_card(CARD, ROWS) + other
