"""How sheets become counts. The tables are the manual: what is handed in above, what is counted below.

`.` is an empty answer. `blank`: the sheet was handed in blank. phy and ver are forms; ver is asked in junior school
alone. *frequent*: 2 and more of either. *words*: ver 1 and more, among those with phy 1 and more. place_top is the one
place where it happens most, time the times there.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.score import score_wave
from tests.small_wave import WAVE, SchoolClass, Sheet, core_rows, small_instrument, store_wave, words

BANDS = ["g34", "jr"]
NONE = {"none": words("none")}
TERM = small_instrument(
    BANDS,
    {
        "phy": {"bands": BANDS, "scale": "freq"},
        "ver": {"bands": ["jr"], "scale": "freq"},
        "place_top": {"bands": BANDS, "list": "places", **NONE},
        "time": {"bands": BANDS, "type": "multi", "list": "times", **NONE},
        "avoid": {"bands": BANDS, "type": "multi", "list": "places", **NONE},
    },
    {
        "frequent": {"numerator": {"items": ["phy", "ver"], "at_least": 2}},
        "words": {"numerator": {"items": ["ver"], "at_least": 1}, "denominator": {"items": ["phy"], "at_least": 1}},
    },
)
CLASSES = [SchoolClass("4a", "g34"), SchoolClass("8a", "jr"), SchoolClass("8b", "jr"), SchoolClass("2a", None)]

SHEETS = """
class | take  | weight | phy | ver | place_top        | time                | avoid
4a    | part  | 1      | 0   | .   | toilet           | break lunch         | gate way
4a    | part  | 1      | 3   | .   | underground_pool | break               | .
4a    | blank | 1      | .   | .   | .                | .                   | .
8a    | part  | 1      | 2   | 9   | gate             | after_school way_in | .
8a    | part  | 2      | 1   | .   | way              | .                   | toilet
8a    | part  | .5     | 1   | 1   | none             | break               | .
8a    | part  | 1      | 0   | 0   | 9                | .                   | .
2a    | part  | 1      | 4   | .   | toilet           | break               | .
"""

RESPONSE = """
class_id | enrolled | submitted | blanks | r | w   | why
4a       | 30       | 3         | 1      | 2 | 2   | a blank is handed in, and not answered
8a       | 30       | 4         | 0      | 4 | 4.5 | weights stand beside counts
8b       | 30       | 0         | 0      | 0 | 0   | nobody handed in: the class still stands here
2a       | 30       | 1         | 0      | 0 | 0   | grades 1 and 2 are not surveyed: handed in, not counted
"""

INDICATOR = """
class_id | indicator | r | valid | yes | w_valid | w_yes | why
4a       | frequent  | 2 | 2     | 1   | 2       | 1     | in grades 3 and 4 phy alone decides
8a       | frequent  | 4 | 3     | 1   | 2.5     | 1     | phy 2 decides beside 9; phy 1 beside empty is 50 %: missing
8a       | words     | 4 | 1     | 1   | .5      | .5    | 9, empty, 1; the last is outside the base
"""

GROUPS = """
class_id | measure | place_group | yes | why
4a       | happens | toilet      | 1   | the impossible place is nowhere
4a       | avoided | outside     | 1   | gate and way are one group: one student
8a       | happens | outside     | 2   | one place each: places of a group add up
8a       | avoided | toilet      | 1   |
"""

FINE = """
class_id | place  | time         | yes | why
4a       | toilet | break        | 1   | one student, one place,
4a       | toilet | lunch        | 1   | two times there
8a       | gate   | after_school | 1   |
8a       | gate   | way_in       | 1   | at the way no time was ticked; at no place no time counts
"""

COARSE = """
class_id | place_group | time_group | yes | why
4a       | toilet      | breaks     | 1   | break and lunch are one group: one student
8a       | outside     | travel     | 1   | the same of after_school and way_in
"""

TOTAL = """
group_kind | group_value | indicator | n | valid | yes | w_valid | w_yes | why
total      | all         | frequent  | 6 | 5     | 2   | 4.5     | 2     | the classes added up
total      | all         | words     | 4 | 1     | 1   | .5      | .5    | n is of those who were asked
"""


def cells(table: str) -> list[dict[str, str]]:
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def sheet_of(row: dict[str, str]) -> Sheet:
    answers: dict[str, int | str | None] = {
        item: None if row[item] == "." else int(row[item]) for item in ("phy", "ver")
    }
    answers["place_top"] = None if row["place_top"] == "." else row["place_top"]
    for item in ("time", "avoid"):
        answers |= {f"{item}__{code}": 1 for code in row[item].replace(".", "").split()}
    return Sheet(row["class"], answers, int(row["take"] == "part"), float(row["weight"]))


@pytest.fixture(scope="module")
def counted() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        store_wave(connection, TERM, CLASSES, [sheet_of(row) for row in cells(SHEETS)])
        score_wave(connection, WAVE)
        yield connection


@pytest.mark.parametrize(
    ("table", "manual"),
    [
        ("core_class_wave_response", RESPONSE),
        ("core_class_wave_indicator", INDICATOR),
        ("core_class_wave_place_group", GROUPS),
        ("core_class_wave_place_time", FINE),
        ("core_class_wave_place_time_group", COARSE),
        ("core_group_wave_indicator", TOTAL),
    ],
)
def test_the_manual_holds(counted: duckdb.DuckDBPyConnection, table: str, manual: str) -> None:
    """Exactly the rows of the manual, apart from counts that are 0 in the place tables."""
    expected = [{name: cell for name, cell in row.items() if name != "why"} for row in cells(manual)]
    names = ", ".join(expected[0])
    zeros = "WHERE yes > 0" if "place" in table else ""
    found = counted.execute(f"SELECT {names} FROM {table} {zeros}").fetchall()
    assert sorted(map(texts, found)) == sorted(texts(row.values()) for row in expected)


def texts(values: object) -> tuple[str, ...]:
    """Cells as text; numbers without needless digits."""
    return tuple(f"{float(v):g}" if str(v).replace(".", "").isdigit() else str(v) for v in values)  # type: ignore[attr-defined]


def test_a_count_of_nobody_stands_in_the_coarse_tables(counted: duckdb.DuckDBPyConnection) -> None:
    """0 is a count where the band was asked and somebody answered; a class without answers has no row."""
    rows = core_rows(counted, "core_class_wave_place_time_group")
    assert {key[0] for key in rows} == {"4a", "8a"}
    assert rows["8a", "canteen", "night"] == (0,)
