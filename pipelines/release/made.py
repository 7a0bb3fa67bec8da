"""What a release is, once made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Release:
    """One wave as it may be seen: joint tables over all audiences, what an outsider concludes, and the record."""

    wave: str
    tables: dict[str, pd.DataFrame]
    bounds: pd.DataFrame
    record: dict[str, Any]
