"""Streamlit's test runner looks through every installed distribution for components each time a page is made: once is
enough, and of what it looks for (components of other packages) the dashboard uses none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager


@pytest.fixture(autouse=True, scope="session")
def no_foreign_components() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BidiComponentManager, "discover_and_register_components", lambda *_, **__: None)
        yield
