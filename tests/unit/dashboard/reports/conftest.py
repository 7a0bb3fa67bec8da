from __future__ import annotations

from report_school import work

__all__ = ["work"]
