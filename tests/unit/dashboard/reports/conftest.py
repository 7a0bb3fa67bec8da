from __future__ import annotations

from dashboard_cities import show_city
from report_school import cities, work

__all__ = ["cities", "show_city", "work"]
