"""What is loaded before the first visitor stays out of the way of every click."""

from __future__ import annotations

import gc

from dashboard.render import _environment, load_templates
from dashboard.server import streamlit_options, warm_up
from dashboard.settings import HERE


def test_what_is_loaded_at_the_start_is_not_searched_for_garbage() -> None:
    """Otherwise a click costs five times as much: Streamlit's own collection after each run walked all of it."""
    before = len(gc.get_objects())
    try:
        warm_up()
        assert len(gc.get_objects()) < before / 4 and gc.get_freeze_count() > before / 2
    finally:
        gc.unfreeze()
    assert not streamlit_options("127.0.0.1", 8501)["runner.postScriptGC"]


def test_every_template_is_compiled_before_a_page_asks_for_it() -> None:
    """One that doesn't compile stops the start, not a page."""
    load_templates()
    assert _environment().cache is not None
    names = {path.name for path in (HERE / "templates").iterdir()}
    assert len(_environment().cache) >= len(names) > 20
