"""Contracts: the one description of every table, as data that is itself checked."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import CONTRACTS, create_table_sql, load_contract, load_contracts, reference_values
from pipelines.plain_yaml import read_yaml
from pipelines.problems import BadInput

NAMES = sorted(path.stem for path in CONTRACTS.glob("*.yml"))
SMALL = """
table: small
grain: One row per thing
side: open
key: [wave]
columns:
  wave: {type: text, required: true, pattern: wave, meaning: wave}
  yes: {type: integer, required: true, min: 0, max: 9, meaning: a count}
  group: {type: text, required: false, values: place_group, meaning: a group}
"""


def small(folder: Path, text: str = SMALL) -> Path:
    (folder / "small.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_makes_a_table(name: str) -> None:
    """A contract nobody can build a table from would fail only in production."""
    connection = duckdb.connect()
    connection.execute(create_table_sql(load_contract(name)))
    columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
    assert columns == list(load_contract(name).columns)


def test_prefix_narrows_to_a_family() -> None:
    assert load_contracts("pub_")
    assert all(name.startswith("pub_") for name in load_contracts("pub_"))


@pytest.mark.parametrize(
    "values",
    [
        "('2026-3', 1, NULL)",
        "('2026-1', 10, NULL)",
        "('2026-1', -1, NULL)",
        "('2026-1', NULL, NULL)",
        "('2026-1', 1, 'mars')",
    ],
    ids=["pattern", "max", "min", "required", "values"],
)
def test_the_table_refuses_what_the_contract_forbids(tmp_path: Path, values: str) -> None:
    connection = duckdb.connect()
    connection.execute(create_table_sql(load_contract("small", small(tmp_path)), "small"))
    connection.execute("INSERT INTO small VALUES ('2026-2', 0, 'toilet')")
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(f"INSERT INTO small VALUES {values}")


def test_the_key_is_unique(tmp_path: Path) -> None:
    connection = duckdb.connect()
    connection.execute(create_table_sql(load_contract("small", small(tmp_path))))
    connection.execute("INSERT INTO small VALUES ('2026-2', 0, NULL)")
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO small VALUES ('2026-2', 1, NULL)")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("values: place_group", "values: moon_group"),
        ("key: [wave]", "key: [week]"),
        ("type: integer", "type: number"),
        ("max: 9", "maximum: 9"),
        ("pattern: wave", "pattern: '['"),
        ("table: small", "table: large"),
    ],
)
def test_an_unsound_contract_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_contract("small", small(tmp_path, SMALL.replace(old, new)))
    assert caught.value.where.file == "small.yml"


def test_a_missing_contract_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.yml"):
        load_contract("nothing", tmp_path)


def test_yes_and_no_are_words_in_yaml(tmp_path: Path) -> None:
    """YAML 1.1 would turn the column `yes` into the boolean true."""
    (tmp_path / "words.yml").write_text("{yes: no, on: off, sure: true}", encoding="utf-8")
    assert read_yaml(tmp_path / "words.yml") == {"yes": "no", "on": "off", "sure": True}


def test_the_impossible_place_is_no_place() -> None:
    """It measures careless answering; a school can't give it a local name."""
    assert "toilet" in reference_values("place")
    assert "underground_pool" not in reference_values("place")
