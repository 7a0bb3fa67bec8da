"""The files of a simulated city: the interchange format, byte for byte the same, truth apart."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.problems import BadInput, CannotDo
from pipelines.simulate import CityReport, wave_ids, write_city
from survey.bands import band_of
from survey.instrument import load_instrument
from survey.scoring import score

SIZE = {"schools": 12, "waves": 2, "seed": 7}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CityReport]:
    out = tmp_path_factory.mktemp("city")
    return out, write_city(out, **SIZE)


def hashes(report: CityReport, out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in report.files}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_arguments_give_the_same_bytes(city: tuple[Path, CityReport], tmp_path: Path) -> None:
    out, report = city
    assert hashes(write_city(tmp_path, **SIZE), tmp_path) == hashes(report, out)


def test_another_seed_gives_another_city(city: tuple[Path, CityReport], tmp_path: Path) -> None:
    out, report = city
    other = hashes(write_city(tmp_path, **{**SIZE, "seed": 8}), tmp_path)
    mine = hashes(report, out)
    assert {name for name in mine if mine[name] == other[name]} <= {"truth/hotspots.parquet"}


def test_one_more_wave_leaves_the_earlier_files_as_they_are(city: tuple[Path, CityReport], tmp_path: Path) -> None:
    out, report = city
    longer = hashes(write_city(tmp_path, **{**SIZE, "waves": 3}), tmp_path)
    whole_city = {"truth/classes.parquet", "truth/planted.parquet", "truth/city.json"}
    assert {
        name: value for name, value in hashes(report, out).items() if name not in whole_city
    }.items() <= longer.items()
    assert "responses-2026-1.parquet" in longer


def test_report_counts_what_the_files_hold(city: tuple[Path, CityReport]) -> None:
    out, report = city
    registry = rows_of(out / "registry.csv")
    assert report.schools == len({row["school_id"] for row in registry}) == 12
    assert report.classes == len({row["class_id"] for row in registry}) == len(registry)
    assert report.students == sum(int(row["enrolled"]) for row in registry)
    for wave, sheets in report.responses.items():
        for name in (f"responses-{wave}", f"apart-{wave}", f"truth/sheets-{wave}"):
            assert pq.read_metadata(out / f"{name}.parquet").num_rows == sheets, name
        assert 0.85 * report.students < sheets < 0.95 * report.students


def test_lists_are_those_of_the_interchange(city: tuple[Path, CityReport]) -> None:
    out, _ = city
    for name in ("registry", "contacts", "places"):
        assert (out / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    registry, contacts, places = (rows_of(out / f"{name}.csv") for name in ("registry", "contacts", "places"))
    schools = {row["school_id"] for row in registry}
    assert {row["school_id"] for row in contacts} == schools
    assert {row["place"] for row in places} <= {entry.code for entry in load_instrument().lists["places"].entries}
    assert {row["level"] for row in registry} == {"primary", "junior", "senior", "vocational"}
    for row in registry:
        assert band_of(row["level"], int(row["grade"]))
        assert int(row["boys"]) <= int(row["enrolled"]) and int(row["boarders"]) <= int(row["enrolled"])


def test_responses_have_the_columns_of_the_instrument_as_small_integers(city: tuple[Path, CityReport]) -> None:
    out, _ = city
    instrument = load_instrument()
    schema = pq.read_schema(out / "responses-2025-1.parquet")
    assert schema.names == ["class_id", "take_part", "too_fast", *instrument.columns]
    for name, column in instrument.columns.items():
        assert str(schema.field(name).type) == ("string" if column.kind == "text" else "int8"), name
    apart = pq.read_schema(out / "apart-2025-1.parquet")
    assert apart.names == ["school_id", "grade", *instrument.apart_columns]


def test_only_truth_knows_what_was_planted(city: tuple[Path, CityReport]) -> None:
    out, report = city
    outside = {path.name for path in report.files if path.parent == out}
    assert outside == {
        *("registry.csv", "contacts.csv", "places.csv"),
        *(f"{kind}-{wave}.parquet" for kind in ("responses", "apart") for wave in ("2025-1", "2025-2")),
    }
    assert pq.read_metadata(out / "truth/planted.parquet").num_rows > 0
    settings = json.loads((out / "truth/city.json").read_text(encoding="utf-8"))
    assert settings["seed"] == 7 and settings["parameters"]["victim_rate"]["jr"] == 0.09


def test_calm_has_nothing_planted(tmp_path: Path) -> None:
    write_city(tmp_path, schools=10, waves=1, seed=7, scenario="calm")
    assert pq.read_metadata(tmp_path / "truth/planted.parquet").num_rows == 0
    assert pq.read_metadata(tmp_path / "truth/hotspots.parquet").num_rows == 0
    classes = pq.read_table(tmp_path / "truth/classes.parquet").to_pandas()
    assert (classes.outbreak == "none").all() and (classes.base_rate == classes.true_rate).all()


def test_scored_rates_of_attentive_sheets_are_near_the_literature(city: tuple[Path, CityReport]) -> None:
    """`frequent` by the slow definition; hasty sheets and pranks add about three points, so they are judged apart."""
    out, _ = city
    frequent = load_instrument().indicators["frequent"]
    bands = {row["class_id"]: band_of(row["level"], int(row["grade"])) for row in rows_of(out / "registry.csv")}
    columns = [
        "class_id",
        "take_part",
        *{column.name for clause in frequent.numerator.clauses for column in clause.columns},
    ]
    sheets = pq.read_table(out / "responses-2025-1.parquet", columns=columns).to_pylist()
    hands = pq.read_table(out / "truth/sheets-2025-1.parquet").to_pylist()
    found: dict[tuple[str, bool], list[int]] = {}
    for sheet, hand in zip(sheets, hands, strict=True):
        if sheet["take_part"]:
            band, careful = bands[sheet["class_id"]], not (hand["straight"] or hand["random"] or hand["prankster"])
            value = score(frequent, sheet, band)
            found.setdefault((band, careful), []).extend([] if value is None else [value])
    rate = {key: sum(values) / len(values) for key, values in found.items()}
    # Twelve schools: a band's rate swings by about a sixth with its schools' effects.
    for band, literature in (("g34", 0.13), ("g56", 0.13), ("jr", 0.09), ("sr", 0.05), ("voc", 0.08)):
        assert rate[band, True] == pytest.approx(literature, rel=0.35), band
        assert rate[band, False] > 0.3, band
    everyone = [value for values in found.values() for value in values]
    assert 0.09 < sum(everyone) / len(everyone) < 0.17


def test_waves_are_consecutive_terms() -> None:
    assert wave_ids(4) == ("2025-1", "2025-2", "2026-1", "2026-2")


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_city(tmp_path, schools=16, waves=2, seed=1, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    "wrong", [{"schools": 0}, {"waves": 0}, {"seed": -1}, {"scenario": "atlantis"}, {"schools": 10**6}]
)
def test_sizes_and_scenarios_that_do_not_exist_are_refused_before_anything_is_written(
    wrong: dict, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as refusal:
        write_city(tmp_path / "new", **wrong)
    assert refusal.value.next_step
    assert not (tmp_path / "new").exists()


def test_a_real_survey_in_the_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "registry.csv").write_text("class_id\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"registry\.csv"):
        write_city(tmp_path, schools=1, waves=1)
    assert (tmp_path / "registry.csv").read_text(encoding="utf-8") == "class_id\n"
    assert [path.name for path in tmp_path.iterdir()] == ["registry.csv"]


def test_an_earlier_city_is_replaced_whole_and_strangers_stay(tmp_path: Path) -> None:
    write_city(tmp_path, schools=2, waves=2, seed=1)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    report = write_city(tmp_path, schools=2, waves=1, seed=1)
    assert set(report.responses) == {"2025-1"}
    assert not list(tmp_path.rglob("*2025-2*"))
    assert (tmp_path / "notes.txt").exists()
    assert not list(tmp_path.glob(".city-*"))


def test_a_failure_half_way_leaves_the_earlier_city(tmp_path: Path) -> None:
    before = hashes(write_city(tmp_path, schools=2, waves=1, seed=1), tmp_path)

    def full_disk(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(CannotDo, match="No space left"):
        write_city(tmp_path, schools=2, waves=1, seed=2, progress=full_disk)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(before)
    assert before == {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in before}
