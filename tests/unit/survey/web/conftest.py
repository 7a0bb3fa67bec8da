from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asgi_browser import Browser
from form_wave import OpenWave, open_test_wave

from survey.intake import close_intake
from survey.web.app import build_app
from survey.web.site import Site


@pytest.fixture
def wave(home: Path) -> Iterator[OpenWave]:
    held = open_test_wave(home)
    yield held
    close_intake(held.intake)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """For tests that only look at pages: one wave for all of them."""
    held = open_test_wave(tmp_path_factory.mktemp("reader"))
    yield Browser(build_app(held.site()))
    close_intake(held.intake)


@pytest.fixture
def site(wave: OpenWave) -> Site:
    return wave.site()


@pytest.fixture
def browser(site: Site) -> Browser:
    return Browser(build_app(site))
