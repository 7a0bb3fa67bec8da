"""The instrument as a value: what it says of a feature, its hash, its way to JSON and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from survey.instrument import Instrument, build_instrument, load_instrument
from survey.settings import INSTRUMENTS, REFERENCE

MINI = Path(__file__).parents[2] / "instruments"
FILES = [*sorted(MINI.glob("mini_*.yml")), *sorted(INSTRUMENTS.glob("*.yml"))]


def mini(name: str) -> Instrument:
    return load_instrument(MINI / f"mini_{name}.yml")


def source(name: str) -> dict[str, Any]:
    return yaml.safe_load((MINI / f"mini_{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_instrument_comes_back_from_json_as_it_was(file: Path) -> None:
    """A wave keeps the instrument as JSON; without this a later run would score with something else."""
    instrument = load_instrument(file)
    again = Instrument.from_json(instrument.to_json())
    assert again == instrument
    assert again.hash == instrument.hash
    assert again.columns == instrument.columns
    assert again.indicators == instrument.indicators
    assert again.to_json() == instrument.to_json()


def test_a_single_choice_is_one_column_with_its_codes() -> None:
    hit, dorm = mini("single").columns.values()
    assert (hit.name, hit.kind, hit.codes, hit.missing, hit.bands) == ("hit", "code", (0, 1, 2, 9), (9,), ("one",))
    assert (dorm.codes, dorm.missing, dorm.answers) == ((0, 1, 2, 8, 9), (8, 9), (0, 1, 2))


def test_a_multiple_choice_is_one_flag_per_option_and_none_is_one_of_them() -> None:
    columns = mini("multi").columns
    assert list(columns) == ["who__class", "who__outside", "who__none"]
    assert {(column.kind, column.codes, column.missing) for column in columns.values()} == {("flag", (0, 1), ())}
    assert [column.option for column in columns.values()] == ["class", "outside", "none"]


def test_an_option_of_one_band_is_a_column_of_that_band() -> None:
    columns = mini("multi").columns
    assert columns["who__outside"].bands == ("two",)
    assert columns["who__none"].bands == ("one", "two")


def test_a_star_stands_for_real_options_only() -> None:
    """If none or the impossible place counted, "avoids a place" would count those who avoid nothing."""
    assert mini("multi").indicators["anyone"].items_by_band("two") == ("who__class", "who__outside")
    seen = mini("list").indicators["seen_anywhere"]
    assert "seen_at__pool" in mini("list").columns
    assert seen.items_by_band("two") == ("seen_at__toilet", "seen_at__gate", "seen_at__work")


def test_bands_read_their_own_words_and_options() -> None:
    instrument = mini("bands")
    small = [option.words("small").zh for option in instrument.options_of("hit", "small")]
    big = [option.words("big").zh for option in instrument.options_of("hit", "big")]
    assert small == ["没有", "一两次", "不想说"]
    assert big == ["没有", "1–2 次", "很多次", "不想回答"]
    assert [item.code for item in instrument.items_in("small")] == ["hit"]


def test_a_band_without_the_items_is_not_asked() -> None:
    threatened = mini("bands").indicators["threatened"]
    assert threatened.bands == ("big",)
    assert threatened.items_by_band("small") == ()


def test_what_is_kept_apart_is_never_a_column_of_the_answers() -> None:
    instrument = mini("apart")
    assert list(instrument.columns) == ["safe"]
    assert list(instrument.apart_columns) == ["uses__boards", "uses__none", "sex"]
    assert [item.counted for item in instrument.items.values()] == [True, True, False]


def test_a_choice_from_a_list_is_text_with_none_and_nine() -> None:
    spot = mini("list").columns["spot"]
    assert spot.kind == "text"
    assert spot.codes == ("toilet", "gate", "work", "pool", "none", "9")
    assert spot.missing == ("9",)


def test_a_place_left_out_of_an_item_has_no_column_there() -> None:
    assert "avoid__pool" not in mini("list").columns


def test_the_impossible_place_is_marked_in_its_column() -> None:
    columns = load_instrument().columns
    assert [name for name, column in columns.items() if column.impossible] == ["place__underground_pool"]


def test_the_hash_is_sha256_in_hex() -> None:
    assert len(mini("single").hash) == 64
    assert int(mini("single").hash, 16) > 0


def test_the_hash_does_not_move_with_layout_comments_or_notes(tmp_path: Path) -> None:
    """Otherwise a reformatted file would make every open wave one of another instrument."""
    content = source("scoring")
    content["notes"] = [{"zh": "一条说明", "en": "A note"}]
    other = tmp_path / "other.yml"
    other.write_text("# a comment\n" + yaml.safe_dump(content, sort_keys=False, default_flow_style=None), "utf-8")
    assert load_instrument(other).hash == mini("scoring").hash


def test_the_hash_moves_with_every_word_and_code() -> None:
    """One character of one option, a cut-off, an order: each is another instrument."""
    texts = [json.dumps(source("scoring"), ensure_ascii=False)]
    texts += [
        texts[0].replace("一两次", "一二次"),
        texts[0].replace('"at_least": 3', '"at_least": 2'),
        texts[0].replace('"Rather not answer"', '"Rather not say"'),
        texts[0].replace('"version": "1"', '"version": "2"'),
    ]
    swapped = source("scoring")
    swapped["blocks"].reverse()
    contents = [*(json.loads(text) for text in texts), swapped]
    assert len({build_instrument(content, "test").hash for content in contents}) == 6


def test_the_hash_moves_with_the_code_lists() -> None:
    """A place that gets another name or group asks, or releases, something else."""
    content = source("list")
    before = build_instrument(content, "test").hash
    content["lists"]["spots"]["codes"]["gate"]["group"] = "inside"
    assert build_instrument(content, "test").hash != before


def test_an_instrument_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        mini("single").version = "2"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["places", "times"])
def test_the_term_survey_carries_the_shared_lists(name: str) -> None:
    """One code list for form, simulator and analytics: the instrument's is the file's."""
    codes = yaml.safe_load((REFERENCE / f"{name}.yml").read_text(encoding="utf-8"))["codes"]
    assert [entry.code for entry in load_instrument().lists[name].entries] == list(codes)
