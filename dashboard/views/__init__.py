"""What each role sees at each address of dashboard.site."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.desk import Desk
from dashboard.views import (
    actions,
    bureau,
    classes,
    coverage,
    help,
    inspection,
    log,
    measures,
    patrol,
    places,
    records,
    schools,
    sheet,
    sign,
    today,
    trend,
)

BUREAU: dict[str, Callable[[Desk], None]] = {
    "coverage": bureau.show_coverage,
    "schools": schools.show_schools,
    "actions": actions.show_actions,
    "inspection": inspection.show_inspection,
    "districts": bureau.show_districts,
    "help": help.show_help,
}
CITY: dict[str, Callable[[Desk], None]] = {"city": bureau.show_districts}
VIEWS: dict[str, dict[str, Callable[[Desk], None]]] = {
    "counselor": {
        "today": today.show_today,
        "signs": sign.show_start,
        "classes": classes.show_classes,
        "places": places.show_places,
        "patrol": patrol.show_patrol,
        "trend": trend.show_trend,
        "measures": measures.show_measures,
        "records": records.show_records,
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
