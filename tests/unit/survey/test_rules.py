"""Each rule of an instrument refuses the smallest breach of it, and says where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from survey.instrument import Instrument, build_instrument, load_instrument
from survey.problems import InstrumentError

MINI = Path(__file__).parents[2] / "instruments"
Source = dict[str, Any]
WORDS = {"zh": "字", "en": "Word"}


def source(name: str) -> Source:
    return yaml.safe_load((MINI / f"mini_{name}.yml").read_text(encoding="utf-8"))


def items(content: Source, block: int = 0) -> Source:
    return content["blocks"][block]["items"]


def unknown_key(content: Source) -> None:
    items(content)["hit"]["colour"] = "red"


def missing_english(content: Source) -> None:
    del items(content)["hit"]["en"]


def empty_chinese(content: Source) -> None:
    items(content)["hit"]["zh"] = " "


def yes_as_code(content: Source) -> None:
    content["scales"]["freq"][1]["code"] = True


def double_underscore(content: Source) -> None:
    items(content)["hit__hard"] = items(content).pop("hit")


def unknown_band(content: Source) -> None:
    items(content)["hit"]["bands"] = ["one", "three"]


def unknown_band_of_option(content: Source) -> None:
    content["scales"]["freq"][1]["bands"] = ["three"]


def words_for_unknown_band(content: Source) -> None:
    content["scales"]["freq"][1]["by_band"] = {"three": WORDS}


def unknown_scale(content: Source) -> None:
    items(content)["hit"]["scale"] = "often"


def scale_and_options(content: Source) -> None:
    items(content)["hit"] |= {"scale": "freq", "options": [{"code": 0, **WORDS}, {"code": 1, **WORDS}]}


def scale_with_words_as_codes(content: Source) -> None:
    content["scales"]["freq"][0]["code"] = "never"


def scale_code_twice(content: Source) -> None:
    content["scales"]["freq"][1]["code"] = 0


def nine_taken(content: Source) -> None:
    content["scales"]["freq"][2]["code"] = 9


def decline_that_counts(content: Source) -> None:
    content["decline"]["missing"] = False


def item_twice(content: Source) -> None:
    content["blocks"].append({"code": "second", "scale": "freq", "items": {"hit": {"bands": ["one"], **WORDS}}})


def block_twice(content: Source) -> None:
    content["blocks"].append(
        {"code": "first", "items": {"kick": {"scale": "freq", "bands": ["one"], **WORDS}}},
    )


def reserved_code(content: Source) -> None:
    items(content)["class_id"] = {"bands": ["one"], **WORDS}


def no_choice_left(content: Source) -> None:
    content["scales"]["freq"] = content["scales"]["freq"][:1]


def single_with_words_as_codes(content: Source) -> None:
    del content["blocks"][0]["scale"], items(content)["dorm"]
    items(content)["hit"]["options"] = [{"code": "yes", **WORDS}, {"code": "no", **WORDS}]


def none_beside_scale(content: Source) -> None:
    items(content)["hit"]["none"] = WORDS


def band_without_items(content: Source) -> None:
    content["bands"]["two"] = WORDS


def too_many_items(content: Source) -> None:
    content["bands"]["one"]["items"] = [1, 1]


SINGLE: list[tuple[Callable[[Source], None], str, str]] = [
    (unknown_key, "block first, item hit", "unknown key"),
    (missing_english, "block first, item hit", "a key is missing"),
    (empty_chinese, "block first, item hit", "at least 1 character"),
    (yes_as_code, "item scale freq", "valid integer"),
    (double_underscore, "block first, item hit__hard", "match pattern"),
    (unknown_band, "block first, item hit", "no band three"),
    (unknown_band_of_option, "block first, item hit", "no band three"),
    (words_for_unknown_band, "block first, item hit", "no band three"),
    (unknown_scale, "block first, item hit", "no scale often"),
    (scale_and_options, "block first, item hit", "exactly one of scale, list, options"),
    (scale_with_words_as_codes, "item scale freq", "whole numbers"),
    (scale_code_twice, "item scale freq", "stands once in a scale"),
    (nine_taken, "block first, item hit", "stands once in an item"),
    (decline_that_counts, "item decline", "missing: true"),
    (item_twice, "block second, item hit", "stands once"),
    (block_twice, "mini", "first stands twice"),
    (reserved_code, "block first, item class_id", "beside the answers"),
    (no_choice_left, "block first, item hit", "fewer than two answers"),
    (single_with_words_as_codes, "block first, item hit", "codes of a single choice"),
    (none_beside_scale, "block first, item hit", "none: goes with a list"),
    (band_without_items, "mini", "band two has 0 items"),
    (too_many_items, "mini", "band one has 2 items; allowed are 1 to 1"),
]


def none_not_last(content: Source) -> None:
    options = items(content)["who"]["options"]
    options["class"] = options.pop("class")


def without_none(content: Source) -> None:
    del items(content)["who"]["options"]["none"]


def none_in_one_band(content: Source) -> None:
    items(content)["who"]["options"]["none"]["bands"] = ["one"]


def multi_with_key(content: Source) -> None:
    items(content)["who"]["key"] = "+"


def multi_with_numbers(content: Source) -> None:
    items(content)["who"]["options"] = [{"code": 1, **WORDS}, {"code": "none", **WORDS}]


def multi_with_missing(content: Source) -> None:
    items(content)["who"]["options"]["class"]["missing"] = True


MULTI = [
    (multi_with_missing, "block first, item who", "none of them is missing"),
    (none_not_last, "block first, item who", "ends with none"),
    (without_none, "block first, item who", "ends with none"),
    (none_in_one_band, "block first, item who", "ends with none"),
    (multi_with_key, "block first, item who", "no scale, na or key"),
    (multi_with_numbers, "block first, item who", "words as codes"),
]


def top_without_none(content: Source) -> None:
    del items(content)["spot"]["none"]


def top_with_na(content: Source) -> None:
    items(content)["spot"]["na"] = WORDS


def top_without_nine(content: Source) -> None:
    del content["decline"]


def unknown_list(content: Source) -> None:
    items(content)["spot"]["list"] = "towns"


def entry_without_group(content: Source) -> None:
    del content["lists"]["spots"]["codes"]["gate"]["group"]


def impossible_with_group(content: Source) -> None:
    content["lists"]["spots"]["codes"]["pool"]["group"] = "inside"


def left_out_of_nothing(content: Source) -> None:
    content["lists"]["spots"]["codes"]["pool"]["not_in"] = ["avoids"]


def none_in_list(content: Source) -> None:
    content["lists"]["spots"]["codes"]["none"] = {"group": "inside", **WORDS}


def entry_twice(content: Source) -> None:
    entries = [{"code": code, **entry} for code, entry in content["lists"]["spots"]["codes"].items()]
    content["lists"]["spots"]["codes"] = [*entries, entries[0]]


LIST = [
    (top_with_na, "block where, item spot", "and no na"),
    (entry_twice, "item list spots", "stands once in a list"),
    (top_without_none, "block where, item spot", "has none and the instrument's decline"),
    (top_without_nine, "block where, item spot", "has none and the instrument's decline"),
    (unknown_list, "block where, item spot", "no list towns"),
    (entry_without_group, "item list spots", "gate belongs to one group"),
    (impossible_with_group, "item list spots", "pool belongs to one group"),
    (left_out_of_nothing, "item list spots", "isn't in the instrument"),
    (none_in_list, "item list spots", "never an entry"),
]

BREACHES = [
    *(("single", *breach) for breach in SINGLE),
    *(("multi", *breach) for breach in MULTI),
    *(("list", *breach) for breach in LIST),
]


@pytest.mark.parametrize(("name", "breach", "where", "rule"), BREACHES, ids=[b[1].__name__ for b in BREACHES])
def test_a_breach_is_refused_with_its_place(name: str, breach: Callable[[Source], None], where: str, rule: str) -> None:
    content = source(name)
    breach(content)
    with pytest.raises(InstrumentError) as caught:
        build_instrument(content, "mini")
    assert where in str(caught.value.where)
    assert rule in caught.value.rule
    assert str(caught.value.where).startswith("mini")


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    """Plain YAML lets the second one win, and an item silently disappears."""
    file = tmp_path / "twice.yml"
    text = (MINI / "mini_single.yml").read_text(encoding="utf-8")
    file.write_text(text + "units: none\n", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"twice\.yml: .*'units' is written twice"):
        load_instrument(file)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a: [1, 2", "not readable as YAML"),
        ("题目: 一".encode("gb18030"), "not readable as YAML in UTF-8"),
        (b"", "no mapping"),
        (b"- a\n- b\n", "no mapping"),
        (b"id: x\nlists: [towns]\n", "no code list 'towns'"),
        (b"id: x\nlists: [../contracts/pub_place]\n", "no code list"),
    ],
)
def test_a_file_that_is_no_instrument_is_refused(tmp_path: Path, content: bytes, rule: str) -> None:
    file = tmp_path / "bad.yml"
    file.write_bytes(content)
    with pytest.raises(InstrumentError) as caught:
        load_instrument(file)
    assert rule in caught.value.rule
    assert caught.value.where.file == "bad.yml"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"absent\.yml: there is no such file"):
        load_instrument(tmp_path / "absent.yml")


def test_a_stored_instrument_that_was_cut_off_is_refused() -> None:
    """The wave's own copy is read without a file: a damaged one must not look like a bug."""
    text = load_instrument(MINI / "mini_single.yml").to_json()
    with pytest.raises(InstrumentError, match="instrument_json: not readable as JSON"):
        Instrument.from_json(text[:-20])
