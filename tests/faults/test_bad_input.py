"""Bad input: a clear refusal that names file, row, column, rule and next step; nothing lost, nothing half-written."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_city import (
    CLASSES,
    CONTACTS,
    INSTRUMENT,
    PLACES,
    REGISTRY,
    WAVE,
    Row,
    school_class,
    sheet,
    sheets,
    write_city,
    write_instrument,
    write_rows,
)

from pipelines.files.csv_out import write_csv
from pipelines.load import load_file
from pipelines.microdata import open_microdata
from pipelines.problems import BadInput, CannotDo, Problem
from pipelines.registry import import_registry
from pipelines.settings import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANXIN_LANG", "en")


@pytest.fixture(scope="module")
def old_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a wave of 20 sheets: the old state that must survive."""
    folder = tmp_path_factory.mktemp("old")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(folder / "home"))
        settings.cache_clear()
        import_registry(write_city(folder / "city"))
        load_file(write_rows(folder / "first.csv", sheets(20)), WAVE, instrument=write_instrument(folder))
    settings.cache_clear()
    return folder / "home"


@pytest.fixture
def loaded(tmp_path: Path, old_home: Path, home: Path) -> Path:
    """A copy of the old home for one test."""
    shutil.copytree(old_home, home)
    write_rows(tmp_path / "first.csv", sheets(20))
    return tmp_path


def state() -> list[Any]:
    with open_microdata(read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables ORDER BY 1"
        ).fetchall()
        return [(name, connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()) for (name,) in tables]


def check_refused(problem: Problem, file: str, row: int | None, column: str, rule: str) -> None:
    """The refusal names all five, and is a wrong input (exit 2)."""
    assert problem.exit_code == 2
    assert (problem.where.file, problem.where.row, problem.where.column) == (file, row, column)
    assert rule in problem.rule and problem.next_step
    assert str(problem).startswith(file)


# class list ------------------------------------------------------------------------------------------------------


def changed(name: str, **changes: Any) -> list[Row]:
    return [row | changes if row["class_id"] == name else row for row in CLASSES]


REGISTRY_FAULTS: list[tuple[str, list[Row], int, str, str]] = [
    ("duplicate class id", [*CLASSES, school_class("j7")], 6, "class_id", "twice"),
    ("class in two schools", [*CLASSES, school_class("j7", school_id="s3")], 6, "class_id", "two schools"),
    ("no enrolment", changed("j7", enrolled=""), 4, "enrolled", "empty"),
    ("enrolment of nobody", changed("j7", enrolled=0, boys=0), 4, "enrolled", "outside the range"),
    ("enrolment in words", changed("j7", enrolled="about 30"), 4, "enrolled", "not a number"),
    ("unknown level", changed("j7", level="college"), 4, "level", "allowed"),
    ("grade of another level", changed("j7", grade=3), 4, "grade", "level"),
    ("grade that isn't one", changed("j7", grade=13), 4, "grade", "outside the range"),
    ("id with a blank", changed("j7", class_id="j 7"), 4, "class_id", "id"),
    ("id too long", changed("j7", class_id="j" * 41), 4, "class_id", "id"),
    ("boarding that isn't yes or no", changed("j7", boarding="many"), 4, "boarding", "expected kind"),
    ("more boys than students", changed("j7", boys=31), 4, "boys", "more than the enrolled"),
    ("school in two districts", changed("j8", district_id="d2"), 5, "district_id", "another"),
    (
        "cluster in two districts",
        [row | {"cluster_id": "k1"} | ({"district_id": "d2"} if row["school_id"] == "s1" else {}) for row in CLASSES],
        4,
        "district_id",
        "cluster",
    ),
]


@pytest.mark.parametrize(
    ("rows", "row", "column", "rule"), [f[1:] for f in REGISTRY_FAULTS], ids=[f[0] for f in REGISTRY_FAULTS]
)
def test_a_faulty_class_list_is_refused(tmp_path: Path, rows: list[Row], row: int, column: str, rule: str) -> None:
    import_registry(write_city(tmp_path / "good"))
    before = state()
    with pytest.raises(BadInput) as caught:
        import_registry(write_city(tmp_path / "bad", rows))
    check_refused(caught.value, "registry.csv", row, column, rule)
    assert state() == before


@pytest.mark.parametrize("column", REGISTRY)
def test_a_class_list_without_a_column_is_refused(tmp_path: Path, column: str) -> None:
    rows = [{key: value for key, value in row.items() if key != column} for row in CLASSES]
    with pytest.raises(BadInput) as caught:
        import_registry(write_city(tmp_path, rows))
    check_refused(caught.value, "registry.csv", 1, column, "missing")


@pytest.mark.parametrize(
    ("table", "rows", "row", "column", "rule"),
    [
        ("places", [*PLACES, PLACES[0] | {"place": "attic"}], 3, "place", "allowed"),
        ("places", [*PLACES, PLACES[0] | {"place": "underground_pool"}], 3, "place", "allowed"),
        ("places", [*PLACES, PLACES[0]], 3, "place", "twice"),
        ("places", [PLACES[0] | {"school_id": "s9"}], 2, "school_id", "not in registry.csv"),
        ("contacts", [*CONTACTS, CONTACTS[0] | {"school_id": "s9"}], 6, "school_id", "not in registry.csv"),
        ("contacts", [*CONTACTS, CONTACTS[0] | {"phone": "ask"}], 6, "phone", "written"),
        ("contacts", [*CONTACTS, CONTACTS[0] | {"outside": ""}], 6, "outside", "empty"),
    ],
)
def test_faulty_contacts_and_places_are_refused(
    tmp_path: Path, table: str, rows: list[Row], row: int, column: str, rule: str
) -> None:
    write_rows(write_city(tmp_path) / f"{table}.csv", rows)
    with pytest.raises(BadInput) as caught:
        import_registry(tmp_path)
    check_refused(caught.value, f"{table}.csv", row, column, rule)


def test_a_folder_without_a_class_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"registry\.csv"):
        import_registry(tmp_path)


# answers: refused files ------------------------------------------------------------------------------------------


def without(column: str) -> list[Row]:
    return [{key: value for key, value in row.items() if key != column} for row in sheets(3)]


def truncated(folder: Path) -> Path:
    path = write_rows(folder / "cut.parquet", sheets(50))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def rows(name: str, content: list[Row]) -> Callable[[Path], Path]:
    return lambda folder: write_rows(folder / name, content)


HEADER = ",".join(sheet())
FILE_FAULTS: list[tuple[str, Callable[[Path], Path], int | None, str, str]] = [
    ("missing item", rows("a.csv", without("mock")), 1, "mock", "missing"),
    ("missing class", rows("a.csv", without("class_id")), 1, "class_id", "missing"),
    ("missing take_part", rows("a.parquet", without("take_part")), 1, "take_part", "missing"),
    ("unknown item", rows("a.csv", [sheet(kick=1)]), 1, "kick", "not an item"),
    ("unknown option", rows("a.parquet", [sheet(who__teacher=1)]), 1, "who__teacher", "not an item"),
    ("registry as answers", rows("a.csv", list(CLASSES)), 1, "", "looks like registry.csv"),
    ("truncated parquet", truncated, None, "", "damaged"),
    ("empty csv", text("a.csv", ""), None, "", "empty"),
    ("empty parquet", text("a.parquet", ""), None, "", "empty"),
    ("header only", text("a.csv", HEADER + "\n"), None, "", "no rows"),
    ("blank lines only", text("a.csv", "\n\n\n"), 1, "", "no header"),
    ("not a text", text("a.csv", b"\x89PNG\xff\xfe\x00\x81"), None, "", "neither"),
    ("unknown kind", text("a.docx", "PK"), None, "", "cannot be read"),
    ("column twice", text("a.csv", HEADER + ",hit\n"), 1, "hit", "twice"),
    ("open quotation mark", text("a.csv", HEADER + '\n"j7,0,0\n'), 2, "", "cannot be read"),
    ("no such file", lambda folder: folder / "gone.csv", None, "", "does not exist"),
    ("broken xlsx", text("a.xlsx", "PK no sheet"), None, "", "damaged"),
    ("broken sav", text("a.sav", "$FL2 no data"), None, "", "damaged"),
    ("broken gzip", text("a.csv.gz", "no gzip"), None, "", "damaged"),
]


@pytest.mark.parametrize(
    ("make", "row", "column", "rule"), [f[1:] for f in FILE_FAULTS], ids=[f[0] for f in FILE_FAULTS]
)
def test_a_faulty_file_is_refused(
    loaded: Path, make: Callable[[Path], Path], row: int | None, column: str, rule: str
) -> None:
    before, path = state(), make(loaded)
    with pytest.raises(BadInput) as caught:
        load_file(path, WAVE, instrument=write_instrument(loaded))
    check_refused(caught.value, path.name, row, column, rule)
    assert state() == before
    assert not list((loaded / "home").rglob("*.part"))


def test_the_tables_of_another_instrument_are_named(loaded: Path) -> None:
    """Answers to the tiny instrument, given as answers to the term survey, and the other way round."""
    from survey.instrument import load_instrument

    term = dict.fromkeys(["class_id", "take_part", "too_fast", *load_instrument().columns], 0)
    with pytest.raises(BadInput) as caught:
        load_file(write_rows(loaded / "term.csv", [term]), WAVE, instrument=write_instrument(loaded))
    check_refused(caught.value, "term.csv", 1, "", "the instrument term")


@pytest.mark.parametrize("wave", [None, "2026", "2026-3", "spring"])
def test_a_wave_that_is_none_is_refused(loaded: Path, wave: str | None) -> None:
    with pytest.raises(BadInput, match="wave") as caught:
        load_file(loaded / "first.csv", wave, instrument=write_instrument(loaded))
    assert caught.value.exit_code == 2 and "2026-1" in caught.value.next_step


def test_a_faulty_instrument_is_refused(loaded: Path) -> None:
    bad = write_instrument(loaded / "bad", INSTRUMENT.replace("scale: freq", "scale: frequency"))
    with pytest.raises(BadInput) as caught:
        load_file(loaded / "first.csv", "2026-2", instrument=bad)
    assert caught.value.where.file == "tiny.yml" and caught.value.next_step


# answers: what works all the same ----------------------------------------------------------------------------------


def test_a_formula_in_a_cell_does_no_harm(tmp_path: Path) -> None:
    """It is kept as text, rejected where a code should stand, and neutral in every csv we write."""
    import_registry(write_city(tmp_path / "city", changed("j7", class_name='=HYPERLINK("http://x","y")')))
    report = load_file(
        write_rows(tmp_path / "a.csv", [*sheets(40), sheet(hit="=1+1")]), WAVE, instrument=write_instrument(tmp_path)
    )
    assert report.rejected == 1
    for path in (tmp_path / "home").rglob("*.csv"):
        cells = [cell for row in csv.reader(path.open(encoding="utf-8-sig")) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_csv_that_we_write_runs_nothing(tmp_path: Path, cell: str) -> None:
    path = write_csv(tmp_path / "out.csv", [cell], [[cell]])
    assert list(csv.reader(path.open(encoding="utf-8-sig", newline=""))) == [["'" + cell], ["'" + cell]]


# full disk ---------------------------------------------------------------------------------------------------------

FILL = """
import resource, signal, sys
from pathlib import Path
from pipelines.load import load_file
from pipelines.problems import CannotDo
import great_expectations
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in map(int, sys.argv[3:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        load_file(Path(sys.argv[1]), "2026-1", instrument=Path(sys.argv[2]))
    except CannotDo as problem:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        print(problem)
"""


def test_a_full_disk_holds_the_load_and_keeps_the_old_state(loaded: Path) -> None:
    """No file may grow beyond so many bytes, at once and at the commit: the system refuses, as a full disk does."""
    before, limits = state(), ["0", "100000"]
    big = write_rows(loaded / "big.parquet", [row | {"weight": 1 + i / 7} for i, row in enumerate(sheets(20_000))])
    words = [sys.executable, "-c", FILL, str(big), str(write_instrument(loaded)), *limits]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == len(limits), (done.stdout, done.stderr)
    for line in said:
        assert any(words in line for words in ("nothing was stored", "could not be written", "cannot be opened")), line
    assert state() == before


def test_a_reject_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """The folder's place is taken by a file."""
    (tmp_path / "rejects").write_text("")
    with pytest.raises((CannotDo, FileExistsError)):
        write_csv(tmp_path / "rejects" / "a.csv", ["row"], [[1]])
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["rejects"]
