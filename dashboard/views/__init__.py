"""What each role sees at each address of dashboard.site."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.desk import Desk
from dashboard.views import bureau, classes, coverage, help, log, places, sheet, small, trend

BUREAU: dict[str, Callable[[Desk], None]] = {
    "coverage": bureau.show_coverage,
    "schools": bureau.show_schools,
    "districts": bureau.show_districts,
    "help": help.show_help,
}
CITY: dict[str, Callable[[Desk], None]] = {"city": bureau.show_districts}
VIEWS: dict[str, dict[str, Callable[[Desk], None]]] = {
    "counselor": {
        "signs": small.show_start,
        "classes": classes.show_classes,
        "places": places.show_places,
        "trend": trend.show_trend,
        "coverage": coverage.show_coverage,
        "help": help.show_help,
    },
    "lead": {"sheet": sheet.show_sheet},
    "office": CITY,
    "auditor": {"log": log.show_log, **CITY},
    "operator": CITY,
    "district": BUREAU,
    "bureau": BUREAU,
}
