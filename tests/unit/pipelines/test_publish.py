"""Audience files: each holds what its reader may see, they appear together, and readers never see half a release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from cubes import random_cube

from pipelines.contracts import load_contracts
from pipelines.policy import load_policy
from pipelines.release import publish as publishing
from pipelines.release.gate import Release, release
from pipelines.release.pointer import current_release
from pipelines.release.publish import list_audiences, publish
from pipelines.release.signs import load_rules
from pipelines.release.store import list_release_ids, merge_waves, next_release_id, read_joint, write_joint


@pytest.fixture(scope="module")
def made() -> Release:
    return release(random_cube(7, schools=8), [], load_policy(), load_rules())


def rows(folder: Path, audience: str, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / f"{audience}.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_school_file_holds_its_own_school_and_no_other(made: Release) -> None:
    """Neither a row nor a leftover byte names another school's class."""
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    for audience in list_audiences(made.tables["pub_unit"]):
        if audience.kind != "school":
            continue
        for name, contract in load_contracts("pub_").items():
            if "school_id" in contract.columns and name != "pub_label":
                found = rows(folder, audience.name, f"SELECT DISTINCT school_id FROM {name}")
                assert found in ([], [(audience.scope,)]), (audience.name, name)
        content = (folder / f"{audience.name}.duckdb").read_bytes()
        classes = made.tables["pub_class_wave_coverage"].query("school_id != @audience.scope")["class_id"]
        assert not [other for other in classes if other.encode() in content]


def test_the_bureau_sees_coverage_of_classes_but_no_level_of_any(made: Release) -> None:
    """The row isn't in its file, so no query can find it."""
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    for audience in ("bureau", "district_D0", "public"):
        for table in ("pub_class_wave_signal", "pub_class_wave_indicator", "pub_grade_wave_indicator"):
            assert rows(folder, audience, f"SELECT * FROM {table}") == []
    assert len(rows(folder, "bureau", "SELECT * FROM pub_class_wave_coverage")) == len(
        made.tables["pub_class_wave_coverage"]
    )
    assert rows(folder, "public", "SELECT * FROM pub_school_wave_coverage") == []


def test_rare_events_reach_bureau_and_districts_only(made: Release) -> None:
    """A school's file says nothing of severe events, not even of the city's."""
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    query = "SELECT count(*) FROM pub_city_wave_indicator WHERE indicator = 'severe'"
    assert rows(folder, "bureau", query) == [(1,)]
    assert rows(folder, "public", query) == [(0,)]
    assert rows(folder, "school_S0", query) == [(0,)]


def test_the_cluster_table_reaches_its_member_schools(made: Release) -> None:
    """A school too small to be shown still gets its cluster's windows."""
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    clusters = made.tables["pub_cluster_wave_indicator"]
    units = made.tables["pub_unit"].query("unit_kind == 'school' and cluster_id.notna() and cluster_id != ''")
    assert len(units)
    for row in units.itertuples():
        expected = int((clusters["cluster_id"] == row.cluster_id).sum())
        hidden = f"SELECT count(*) FROM pub_cluster_wave_indicator WHERE cluster_id = '{row.cluster_id}'"
        severe = int(((clusters["cluster_id"] == row.cluster_id) & (clusters["indicator"] == "severe")).sum())
        assert rows(folder, f"school_{row.unit_id}", hidden) == [(expected - severe,)]


def test_the_same_release_has_the_same_content_hash(made: Release) -> None:
    """Content, not bytes on disk, is what the manifest promises."""
    first = publish(merge_waves([made]), "2026-1.1", made.record)
    shuffled = {name: table.sample(frac=1, random_state=3) for name, table in merge_waves([made]).items()}
    first_files = json.loads((first / "manifest.json").read_text(encoding="utf-8"))["files"]
    shutil.rmtree(first)
    second = publish(shuffled, "2026-1.1", made.record)
    assert json.loads((second / "manifest.json").read_text(encoding="utf-8"))["files"] == first_files
    changed = made.record | {"policy": "another"}
    third = publish(merge_waves([made]), "2026-1.2", changed)
    third_files = json.loads((third / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert third_files["public"]["content"] != first_files["public"]["content"]


def test_a_failure_half_way_leaves_pointer_and_old_release(made: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers keep the old release; nothing half-written stays behind."""
    old = publish(merge_waves([made]), "2026-1.1", made.record)
    real, calls = publishing.write_audience, []

    def breaks_at_the_third(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError("No space left on device")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "write_audience", breaks_at_the_third)
    with pytest.raises(OSError, match="No space"):
        publish(merge_waves([made]), "2026-1.2", made.record)
    assert current_release() == "2026-1.1"
    assert old.exists()
    assert [path.name for path in old.parent.iterdir() if path.is_dir()] == ["2026-1.1"]


def test_a_release_is_never_overwritten(made: Release) -> None:
    """Whoever has read a release can read it again, unchanged."""
    publish(merge_waves([made]), "2026-1.1", made.record)
    with pytest.raises(OSError, match=r"2026-1\.1"):
        publish(merge_waves([made]), "2026-1.1", made.record)


def test_a_row_that_breaks_its_contract_is_not_published(made: Release) -> None:
    """A level nobody declared must not reach a screen."""
    tables = merge_waves([made])
    signs = tables["pub_class_wave_signal"]
    with pytest.raises(duckdb.ConstraintException):
        publish(tables | {"pub_class_wave_signal": signs.assign(level="green")}, "2026-1.1", made.record)
    assert current_release() is None


def test_a_kept_release_reads_back_as_it_was(made: Release) -> None:
    """Trends and audits of later waves rest on it."""
    write_joint(made, next_release_id("2026-1"))
    assert list_release_ids() == ["2026-1.1"]
    assert next_release_id("2026-1") == "2026-1.2"
    again = read_joint("2026-1.1")
    assert again.record == made.record
    assert len(again.bounds) == len(made.bounds)
    for name, table in made.tables.items():
        assert len(again.tables[name]) == len(table), name


def test_each_audience_gets_the_rows_of_its_homes_and_no_more(made: Release) -> None:
    """Against the obvious: who may hold what, from contract and ids alone. Files hold what the manifest counts."""
    folder, tables = publish(merge_waves([made]), "2026-1.1", made.record), merge_waves([made])
    units = tables["pub_unit"]
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    district = dict(units[units["unit_kind"] == "school"][["unit_id", "parent_id"]].to_numpy().tolist())
    for audience in list_audiences(units):
        schools = [unit for unit in district if audience.kind == "bureau" or audience.scope in (unit, district[unit])]
        for name, contract in load_contracts("pub_").items():
            if "school_id" not in contract.columns or name == "pub_label" or tables.get(name) is None:
                continue
            kept = tables[name][tables[name]["school_id"].isin(schools)] if len(tables[name]) else tables[name]
            if "indicator" in contract.columns and audience.kind in ("school", "lead"):
                kept = kept[~kept["indicator"].isin(made.record["bureau_only"])]
            wanted = len(kept) if audience.kind in contract.audiences else 0
            assert files[audience.name]["rows"][name] == wanted, (audience.name, name)


def test_rows_that_were_not_counted_are_not_written(made: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash and rows of a file are of one piece: where they differ nothing is released."""
    real = publishing.rows_query
    monkeypatch.setattr(publishing, "rows_query", lambda *given: (real(*given)[0] + " LIMIT 1", real(*given)[1]))
    with pytest.raises(ArithmeticError, match="counted"):
        publish(merge_waves([made]), "2026-1.1", made.record)
    assert current_release() is None


def test_a_release_of_before_a_table_was_there_still_counts(made: Release) -> None:
    """Its absent table reads as an empty one: else no release could be made once a table is added."""
    path = write_joint(made, "2026-1.1")
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE pub_school_wave_hotspot")
    kept = read_joint("2026-1.1")
    assert kept.tables["pub_school_wave_hotspot"].empty
    assert list(kept.tables["pub_school_wave_hotspot"]) == list(made.tables["pub_school_wave_hotspot"])
    assert len(merge_waves([kept])["pub_unit"]) == len(made.tables["pub_unit"])
