"""Real data is asked for, never assumed: without ANXIN_REAL_DATA its tests aren't collected; the summary says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL = os.environ.get("ANXIN_REAL_DATA", "")
collect_ignore = [] if REAL and Path(REAL).is_dir() else ["test_careless.py", "test_yrbs.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        terminalreporter.write_line("real data: not collected, ANXIN_REAL_DATA names no folder")
