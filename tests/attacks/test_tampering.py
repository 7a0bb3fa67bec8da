"""Releases someone tampered with: the audit fails and names file, table and cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from attacks.cities import audit, forge, publish_cubes
from cubes import random_cube

from pipelines.audit.pack import pack_release, unpack_release
from pipelines.audit.published import read_release_files
from pipelines.audit.report import AuditReport
from pipelines.problems import BadInput, CannotDo
from pipelines.release.cube import Cube

CUBE = random_cube(2, schools=2)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_cubes(tmp_path_factory.mktemp("honest"), [CUBE])[0]


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(honest, tmp_path / "published" / honest.name))


def failed(folder: Path, cube: Cube = CUBE) -> AuditReport:
    report = audit(folder, cube, one_in=10**9)
    assert not report.passed
    return report


def told(report: AuditReport) -> str:
    return "\n".join(str(fault) for fault in report.faults)


def told_of_storage(folder: Path) -> str:
    """The first part of the audit, which tells the rest what the files' storage gives away (test_a_count_un_banded)."""
    return "\n".join(str(fault) for fault in read_release_files(folder).faults)


def shown_school(folder: Path) -> tuple[str, str]:
    """A school and an indicator whose window is shown."""
    with duckdb.connect(str(folder / "bureau.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT school_id, indicator FROM pub_school_wave_indicator WHERE lo > 5 ORDER BY ALL LIMIT 1"
        ).fetchone()
    assert row
    return row


def test_the_honest_release_passes(folder: Path) -> None:
    """The control of all that follows."""
    report = audit(folder, CUBE)
    assert report.passed, told(report)
    assert sum(table.cells for table in report.tables) > 100


@pytest.mark.parametrize("own_manifest", [True, False])
def test_a_count_un_banded(folder: Path, own_manifest: bool) -> None:
    """A window that became a count is named, though the forger wrote file and manifest afresh."""
    school, indicator = shown_school(folder)
    where = f"WHERE school_id = '{school}' AND indicator = '{indicator}'"
    forge(folder, "bureau", [f"UPDATE pub_school_wave_indicator SET hi = lo {where}"], own_manifest)
    text = told(failed(folder))
    assert "bureau.duckdb, pub_school_wave_indicator, school_id=" + school in text
    assert f"indicator={indicator}: the window holds fewer than 5 counts" in text
    assert ("content hash" in text) != own_manifest


@pytest.mark.long
def test_a_window_narrowed_by_one(folder: Path) -> None:
    """Four counts instead of five, in every file that holds the row."""
    with duckdb.connect(str(folder / "bureau.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT school_id, indicator FROM pub_school_wave_indicator WHERE hi - lo = 4 ORDER BY ALL LIMIT 1"
        ).fetchone()
    assert row
    where = f"WHERE school_id = '{row[0]}' AND indicator = '{row[1]}'"
    for audience in ("bureau", f"school_{row[0]}", "district_D0"):
        forge(folder, audience, [f"UPDATE pub_school_wave_indicator SET hi = hi - 1 {where}"])
    text = told(failed(folder))
    assert f"school_id={row[0]}, wave=2026-1, indicator={row[1]}: the window holds fewer than 5 counts" in text


@pytest.mark.long
def test_a_window_that_is_another_in_one_file(folder: Path) -> None:
    """Moved along by five, wide enough and sound by itself: it reads otherwise than in the other files."""
    school, indicator = shown_school(folder)
    where = f"WHERE school_id = '{school}' AND indicator = '{indicator}'"
    forge(folder, f"school_{school}", [f"UPDATE pub_school_wave_indicator SET lo = lo - 5, hi = hi - 5 {where}"])
    assert f"indicator={indicator}: reads otherwise in another audience's file" in told(failed(folder))


def take_a_band(folder: Path) -> tuple[str, str]:
    """Two bands instead of three for one class, the row sound by itself; which class and indicator."""
    with duckdb.connect(str(folder / "school_S0.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT class_id, indicator FROM pub_class_wave_indicator WHERE bands = 3 AND band = 0 ORDER BY ALL LIMIT 1"
        ).fetchone()
    assert row
    where = f"WHERE class_id = '{row[0]}' AND indicator = '{row[1]}'"
    forge(folder, "school_S0", [f"UPDATE pub_class_wave_indicator SET bands = 2, e2 = NULL {where}"])
    return row[0], row[1]


@pytest.mark.long
def test_a_class_with_fewer_bands_than_its_answers_give(folder: Path) -> None:
    """Two bands instead of three, the row sound by itself: what is shown would follow something that isn't released."""
    class_id, indicator = take_a_band(folder)
    row = f"class_id={class_id}, wave=2026-1, indicator={indicator}"
    assert f"{row}: bands are not as many as the released numbers give" in told(failed(folder))


@pytest.mark.long
def test_a_row_moved_to_another_school(folder: Path) -> None:
    """One class's level in another school's file."""
    statements = [
        f"ATTACH '{folder / 'school_S1.duckdb'}' AS other (READ_ONLY)",
        "INSERT INTO pub_class_wave_signal SELECT * FROM other.pub_class_wave_signal ORDER BY class_id LIMIT 1",
        "DETACH other",
    ]
    forge(folder, "school_S0", statements)
    text = told(failed(folder))
    assert "school_S0.duckdb, pub_class_wave_signal, class_id=S1C" in text
    assert "outside the audience's scope" in text


def test_a_row_moved_to_the_bureau(folder: Path) -> None:
    """No class's band is the bureau's to see."""
    statements = [
        f"ATTACH '{folder / 'school_S1.duckdb'}' AS other (READ_ONLY)",
        "INSERT INTO pub_class_wave_indicator SELECT * FROM other.pub_class_wave_indicator LIMIT 1",
        "DETACH other",
    ]
    forge(folder, "bureau", statements)
    text = told(failed(folder))
    assert "bureau.duckdb, pub_class_wave_indicator, class_id=" in text
    assert "the table is not for bureau" in text


def test_a_suppressed_value_filled_in(folder: Path) -> None:
    """A hidden cell with a number in it, its reason still beside it."""
    with duckdb.connect(str(folder / "bureau.duckdb"), read_only=True) as connection:
        row = connection.execute(
            "SELECT school_id, place_group FROM pub_school_wave_place WHERE lo IS NULL ORDER BY ALL LIMIT 1"
        ).fetchone()
    assert row
    where = f"WHERE school_id = '{row[0]}' AND place_group = '{row[1]}' AND lo IS NULL"
    forge(folder, "bureau", [f"UPDATE pub_school_wave_place SET lo = 3 {where}"])
    text = told(failed(folder))
    assert f"bureau.duckdb, pub_school_wave_place, school_id={row[0]}" in text
    assert "a suppressed value is filled in" in text


@pytest.mark.long
def test_something_more_in_a_file(folder: Path) -> None:
    """A table, a column, a view and a function that no contract names; each is told by itself."""
    statements = [
        "CREATE TABLE counts AS SELECT 17 AS yes",
        "ALTER TABLE pub_wave ADD COLUMN yes INTEGER",
        "CREATE VIEW seen AS SELECT 17 AS yes",
        "CREATE MACRO made() AS 17",
    ]
    forge(folder, "public", statements)
    text = told(failed(folder))
    assert "counts: a table without a contract" in text
    assert "column yes: columns are not those of the contract" in text
    assert "views: something besides plain tables" in text
    assert "functions: something besides plain tables" in text


def test_deleted_rows_stay_in_the_file(folder: Path) -> None:
    """A row written and deleted again is gone from every query, and not from the file."""
    statements = [
        "INSERT INTO pub_label SELECT 'place', 'x' || i, '', 'en', 'hidden', NULL FROM range(300) AS t(i)",
        "CHECKPOINT",
        "DELETE FROM pub_label WHERE text = 'hidden'",
        "CHECKPOINT",
    ]
    forge(folder, "public", statements, own_manifest=False)
    text = told_of_storage(folder)
    assert "public.duckdb" in text
    assert "deleted" in text


AUDIT = {"recovered": 3, "forced": 0, "min_candidates": 5, "min_candidates_insider": 2}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (
            {"audit": AUDIT, "withheld": ["school/frequent"], "bureau_only": ["severe", "frequent"]},
            ("audit.recovered", "withheld by the record, and yet shown", "for the bureau alone"),
        ),
        ({"audit": {}, "release": "2026-1.9"}, ("audit.min_candidates", "another release than its folder")),
        ({"policy": "2020.1"}, ("policy",)),
    ],
)
def test_the_manifest_edited(folder: Path, changes: dict[str, object], rules: tuple[str, ...]) -> None:
    """A record that doesn't fit the files, or figures under which nothing may be released; each is told by itself."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | changes), encoding="utf-8")
    text = told(failed(folder))
    assert [rule for rule in rules if rule not in text] == []


def test_a_file_added_and_a_file_gone(folder: Path) -> None:
    """What the manifest doesn't name isn't part of the release; what it names must be there."""
    shutil.move(folder / "public.duckdb", folder / "notes.duckdb")
    text = told_of_storage(folder)
    assert "public.duckdb: named by the manifest, but missing" in text
    assert "notes.duckdb: not named by the manifest" in text


@pytest.mark.long
def test_a_packed_release_is_the_same_every_time_and_comes_back_whole(folder: Path, tmp_path: Path) -> None:
    """Two packs are one byte sequence; what comes out is what went in; twice is once."""
    first = pack_release(folder, tmp_path / "a.zip")
    assert pack_release(folder, tmp_path / "b.zip") == first
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    for _ in range(2):
        there = unpack_release(tmp_path / "a.zip", tmp_path / "elsewhere", first)
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


@pytest.mark.long
def test_no_tampered_pack_is_unpacked(folder: Path, tmp_path: Path) -> None:
    """A changed byte, another fingerprint, a pack made of a changed release: refused, and nothing is left behind."""
    fingerprint = pack_release(folder, tmp_path / "pack.zip")
    content = (tmp_path / "pack.zip").read_bytes()
    middle = len(content) // 2
    (tmp_path / "bad.zip").write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    (tmp_path / "short.zip").write_bytes(content[:middle])
    (tmp_path / "none.zip").write_bytes(b"hello")
    for name, print_ in (("bad", None), ("short", None), ("none", None), ("pack", "0" * 64), ("bad", fingerprint)):
        with pytest.raises(BadInput):
            unpack_release(tmp_path / f"{name}.zip", tmp_path / "elsewhere", print_)
        assert not list((tmp_path / "elsewhere").glob("*"))
    forge(folder, "public", ["DELETE FROM pub_indicator"], own_manifest=False)
    with pytest.raises(BadInput, match="not what its manifest says"):
        pack_release(folder, tmp_path / "forged.zip")


@pytest.mark.parametrize("name", ["../evil.duckdb", "/etc/evil.duckdb", "a\\b.duckdb", "con.txt", "x/y.duckdb"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """A pack that names a path outside its folder is refused before anything is written."""
    import zipfile
    from hashlib import sha256

    index = {"format": "anxin-release-1", "release": "2026-1.1", "files": {name: sha256(b"x").hexdigest()}}
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("pack.json", json.dumps(index))
        archive.writestr(name, b"x")
    with pytest.raises(BadInput, match="not one that every system can hold"):
        unpack_release(tmp_path / "evil.zip", tmp_path / "published")
    assert not (tmp_path / "published").exists()


def test_a_release_is_never_overwritten(folder: Path, tmp_path: Path) -> None:
    """Another release of the same name stays what it was."""
    pack_release(folder, tmp_path / "pack.zip")
    other = tmp_path / "elsewhere" / folder.name
    other.mkdir(parents=True)
    (other / "manifest.json").write_text("{}")
    with pytest.raises(CannotDo, match="never overwritten"):
        unpack_release(tmp_path / "pack.zip", tmp_path / "elsewhere")
    assert (other / "manifest.json").read_text() == "{}"


@pytest.mark.long
def test_an_older_release_that_says_the_same_vouches_for_no_cut(folder: Path) -> None:
    """A folder beside it that names an earlier policy: by that one's rules nothing of the release would be checked."""
    take_a_band(folder)
    other = Path(shutil.copytree(folder, folder.with_name("2026-1.0")))
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    older = manifest | {"release": other.name, "policy": "2026.1", "made": "2026-01-01T00:00:00+00:00"}
    (other / "manifest.json").write_text(json.dumps(older), encoding="utf-8")
    assert "bands are not as many as the released numbers give" in told(failed(folder))
