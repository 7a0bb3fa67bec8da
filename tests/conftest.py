"""Shared by all tests: no test touches the user's own data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["casework_school", "dashboard_cities", "postgres_server"]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores: threads of theirs would wait for each other
hypothesis.settings.register_profile("shared machine", deadline=None)  # a slow example is its neighbours' doing
hypothesis.settings.load_profile("shared machine")


# Folders with the dearest files, dearest first: a worker that is handed one last would keep the other waiting.
DEAR = ("browser", "attacks", "generative", "views", "faults")


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # by the number of their tests is no order of what files cost


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return min((DEAR.index(folder) for folder in item.path.parts if folder in DEAR), default=len(DEAR))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own; settings are read anew for it."""
    from dashboard.settings import settings as dashboard_settings
    from pipelines.settings import settings as pipeline_settings
    from survey.settings import survey_settings

    folder = tmp_path / "home"
    monkeypatch.setenv("ANXIN_HOME", str(folder))
    for cached in (pipeline_settings, dashboard_settings, survey_settings):
        cached.cache_clear()
    yield folder
    for cached in (pipeline_settings, dashboard_settings, survey_settings):
        cached.cache_clear()
