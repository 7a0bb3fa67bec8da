"""Many more cities for the gate, and the demo city as a whole: minutes, so they run in `make test-long`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from cubes import random_cube

from pipelines.load import load_file
from pipelines.policy import load_policy
from pipelines.registry import import_registry
from pipelines.release.gate import build_values, release
from pipelines.release.insider import friends_candidates
from pipelines.release.signs import load_rules
from pipelines.run import run_wave
from pipelines.settings import settings
from pipelines.simulate import write_city

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
POLICY, RULES = load_policy(), load_rules()


@pytest.mark.parametrize("block", range(8))
def test_three_hundred_cities_keep_their_candidates(block: int) -> None:
    """Tiny schools, every base rate, every size of city: five for the outsider, two for four friends."""
    for seed in range(1000 + block * 40, 1040 + block * 40):
        cube = random_cube(seed, schools=2 + seed % 11, rate=(None, 0.01, 0.05, 0.2, 0.5, 0.9)[seed % 6])
        made = release(cube, [], POLICY, RULES)
        audit = made.record["audit"]
        assert (audit["recovered"], audit["forced"]) == (0, 0), seed
        assert audit["min_candidates"] >= 5, seed
        assert audit["min_candidates_insider"] >= 2, seed


@pytest.mark.parametrize("seed", range(2000, 2012))
def test_every_class_s_friends_learn_nothing(seed: int) -> None:
    """Not a sample: four friends in each class of a city, all yes and all no."""
    cube = random_cube(seed, schools=6)
    made = release(cube, [], POLICY, RULES)
    withheld = frozenset(tuple(name.split("/")) for name in made.record["withheld"])
    levels, values = build_values(cube, POLICY, withheld)
    for row in np.flatnonzero(cube.classes["r"] > 4):
        for yes in (True, False):
            left = friends_candidates(values, levels, np.repeat(row, 4), yes)
            assert min(int(level.min()) for level in left) >= 2


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def contents(monkeypatch: pytest.MonkeyPatch, home: Path, city: Path) -> list[dict[str, object]]:
    """Manifests' files of all waves of a city, run in a home of its own."""
    monkeypatch.setenv("ANXIN_HOME", str(home))
    settings.cache_clear()
    import_registry(city)
    manifests = []
    for wave in ("2025-1", "2025-2", "2026-1"):
        loaded = load_file(city / f"responses-{wave}.parquet", wave)
        report = run_wave(wave)
        assert loaded.read == loaded.accepted + loaded.rejected == report.responses
        assert report.audit is not None
        assert (report.audit["recovered"], report.audit["forced"]) == (0, 0)
        assert report.audit["min_candidates"] >= 5
        text = (settings().published / str(report.release) / "manifest.json").read_text(encoding="utf-8")
        manifests.append(json.loads(text))
    assert [manifest["withheld"] for manifest in manifests] == [[], [], []]
    return [manifest["files"] for manifest in manifests]


def test_the_demo_city_is_the_same_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same seed, same files; same files, same release: forty schools, three waves, twice."""
    for name in ("one", "two"):
        write_city(tmp_path / name, schools=40, waves=3, seed=7)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    first = contents(monkeypatch, tmp_path / "home1", tmp_path / "one")
    second = contents(monkeypatch, tmp_path / "home2", tmp_path / "two")
    assert first == second
