"""Which pages each role has, by their address. The first is the one people land on."""

from __future__ import annotations

PAGES = {
    "counselor": (
        "today",
        "signs",
        "classes",
        "places",
        "patrol",
        "trend",
        "measures",
        "records",
        "coverage",
        "help",
    ),
    "lead": ("sheet",),
    "district": ("coverage", "schools", "actions", "inspection", "districts", "help"),
    "office": ("city",),
    "auditor": ("log", "city"),
    "operator": ("city",),
    "bureau": ("coverage", "schools", "actions", "inspection", "districts", "help"),
}


def is_page(role: str, path: str) -> bool:
    """Whether an address is a page of this role; its first page is "/" and nothing else."""
    return path == "/" or path.strip("/") in PAGES[role][1:]
