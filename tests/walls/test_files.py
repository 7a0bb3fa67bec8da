"""Walls in files: who may open what, and what the line never reads."""

from __future__ import annotations

import re
from pathlib import Path

from cubes import random_cube

from pipelines.microdata import open_microdata
from pipelines.policy import load_policy
from pipelines.release.gate import release
from pipelines.release.publish import publish
from pipelines.release.signs import load_rules
from pipelines.release.store import merge_waves
from pipelines.settings import settings

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for top in ("survey", "pipelines", "models", "dashboard") for path in (ROOT / top).rglob("*.py")]
READS_TRUTH = re.compile(r"""["']truth/?["']|/truth\b""")


def reads_truth(path: Path) -> bool:
    return bool(READS_TRUTH.search(path.read_text(encoding="utf-8")))


def test_nothing_but_the_simulator_names_the_truth() -> None:
    """A stage that could read the planted truth could not be measured by it."""
    found = [str(path.relative_to(ROOT)) for path in SOURCES if reads_truth(path)]
    assert set(found) <= {"pipelines/simulate.py"}, found


def test_control_a_planted_reader_of_the_truth_is_found(tmp_path: Path) -> None:
    """The search above finds what it looks for."""
    planted = tmp_path / "stage.py"
    planted.write_text('frame = read(folder / "truth" / "classes.parquet")\n', encoding="utf-8")
    assert reads_truth(planted)


def test_only_microdata_opens_the_confidential_file() -> None:
    """One door: nobody else connects to microdata.duckdb by its path (the bench makes scratch ones of its own)."""
    opens = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "bench" not in path.parts
        if re.search(r"connect\([^)]*microdata", path.read_text(encoding="utf-8"))
        or "microdata.duckdb" in path.read_text(encoding="utf-8").replace('"""', "")
    ]
    named = {"pipelines/settings.py", "pipelines/care/inventory.py"}  # the latter lists what a backup copies
    assert set(opens) <= {"pipelines/microdata/__init__.py", *named}, opens


def test_both_sides_are_closed_to_other_users() -> None:
    """0700: another user of the machine reads neither answers nor releases."""
    with open_microdata():
        pass
    made = release(random_cube(2, schools=2), [], load_policy(), load_rules())
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    for path in (settings().confidential, settings().published, folder):
        assert path.stat().st_mode & 0o077 == 0, path
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.glob("*.duckdb"))


def test_a_published_file_holds_nothing_but_its_tables() -> None:
    """No hidden count, no bounds of the audit: only tables with a contract on the open side."""
    import duckdb

    from pipelines.contracts import load_contracts

    made = release(random_cube(2, schools=2), [], load_policy(), load_rules())
    folder = publish(merge_waves([made]), "2026-1.1", made.record)
    for file in folder.glob("*.duckdb"):
        with duckdb.connect(str(file), read_only=True) as connection:
            tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert tables == set(load_contracts("pub_"))
