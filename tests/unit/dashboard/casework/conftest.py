from __future__ import annotations

from casework_school import casework, made_store, set_day, sign
from dashboard_cities import cities, show_city

__all__ = ["casework", "cities", "made_store", "set_day", "show_city", "sign"]
