"""Fixtures of the dashboard's tests: each made-up city is written once a run and put under a test's own home."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from made_once import made_once
from published_city import write_release


@pytest.fixture(scope="session")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Scenario → folder `published` of that city."""

    def city(scenario: str) -> Path:
        return made_once(tmp_path_factory, scenario, partial(write_release, scenario=scenario)) / "published"

    return city


@pytest.fixture
def show_city(home: Path, cities: Callable[[str], Path]) -> Callable[[str], None]:
    """Put a city under this test's home."""

    def show(scenario: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "published").symlink_to(cities(scenario))

    return show
