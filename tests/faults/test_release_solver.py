"""A solver that fails, or finds a cell too thin, between gate and files: nothing is let out, the last release stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.audit import before, solver
from pipelines.audit.faults import Fault
from pipelines.load import load_file
from pipelines.problems import CannotDo
from pipelines.registry import import_registry
from pipelines.release.pointer import current_release
from pipelines.release.store import list_release_ids
from pipelines.releases import list_releases, read_release
from pipelines.run import run_wave
from pipelines.settings import settings
from pipelines.simulate import write_city

WAVES = ("2025-1", "2025-2")


@pytest.fixture
def released(tmp_path: Path, home: Path) -> Path:
    """Three schools, two waves, the first of them released."""
    write_city(tmp_path / "city", schools=3, waves=2, seed=11)
    import_registry(tmp_path / "city")
    for wave in WAVES:
        load_file(tmp_path / "city" / f"responses-{wave}.parquet", wave)
    assert run_wave(WAVES[0]).release == "2025-1.1"
    return home


class GaveUp:
    status, message = 4, "numerical difficulties"


def no_range(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(solver, "linprog", lambda *_, **__: GaveUp())


def one_thin(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(before, "thin_cells", lambda *_: [Fault("", "pub_school_wave_indicator", "school_id=s1", "4 left")])


@pytest.mark.long
def test_without_the_solvers_yes_nothing_is_released(released: Path) -> None:
    """No file, no joint copy, no pointer; the same run goes through once the solver answers."""
    for break_it, why in ((no_range, "could not be finished"), (one_thin, "too few candidates in 1 cells")):
        with pytest.MonkeyPatch.context() as patch:
            break_it(patch)
            with pytest.raises(CannotDo, match=why):
                run_wave(WAVES[1])
        assert current_release() == "2025-1.1"
        assert list_release_ids() == ["2025-1.1"]
        assert [entry["release"] for entry in list_releases()] == ["2025-1.1"]
        assert [path.name for path in settings().published.iterdir() if path.is_dir()] == ["2025-1.1"]
    assert run_wave(WAVES[1]).release == "2025-2.1"
    assert read_release("2025-2.1")["solver"]["sampled"] > 0
