"""Shared by all tests: no test touches the user's own data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["postgres_server"]


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
