"""The public page (M16): office, telephone, plan, progress, the city's windows. Two files without a script.

Figures come from the `public` audience's file and nothing else. Who is responsible is not in any release: a short YAML
file says it, in the bureau's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dashboard.desk import Desk
from dashboard.published import NothingPublishedError, current_release
from dashboard.reading.series import build_indicators, build_series
from dashboard.reading.units import wave_name
from dashboard.reading.windows import Window
from dashboard.refused import Refused, tell
from dashboard.settings import HERE, settings
from dashboard.viewer import Viewer
from dashboard.words import HTML_LANG, LANGUAGES

EVERYBODY = Viewer("public", "operator", "")  # reads the file that all may read
FILES = {"zh_CN": "index.html", "en": "en.html"}
NEEDED, MAY = ("name", "telephone", "plan"), ("hours", "address")


@dataclass(frozen=True)
class Office:
    """Who is responsible, as the bureau writes it; `plan` is one line each."""

    name: str
    telephone: str
    plan: tuple[str, ...]
    hours: str = ""
    address: str = ""


def write_public(folder: Path, office_file: Path | None = None) -> list[Path]:
    """Write index.html and en.html into a folder; Refused without a release or without the office's file."""
    office = read_office(office_file or settings().home / "office.yml")
    try:
        release = current_release()
        pages = {FILES[language]: render_public(Desk(EVERYBODY, language, release), office) for language in LANGUAGES}
    except NothingPublishedError as nothing:
        raise Refused("command.no_release") from nothing
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8")
    return [folder / name for name in pages]


def read_office(path: Path) -> Office:
    """The office's file; Refused names what is missing, and what to write."""
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused("command.office_unread", path) from error
    except yaml.YAMLError as error:
        raise _refused("command.office_not_yaml", path) from error
    if not isinstance(held, dict):
        raise _refused("command.office_no_keys", path)
    if missing := [key for key in NEEDED if not held.get(key)]:
        raise _refused("command.office_lacks", path, missing)
    if unknown := [str(key) for key in held if key not in (*NEEDED, *MAY)]:
        raise _refused("command.office_unknown", path, unknown)
    plan = held["plan"] if isinstance(held["plan"], list) else [held["plan"]]
    words = {key: str(held[key]).strip() for key in (*NEEDED, *MAY) if key != "plan" and held.get(key)}
    return Office(plan=tuple(str(line).strip() for line in plan), **words)


def _refused(key: str, path: Path, keys: list[str] | None = None) -> Refused:
    return Refused(key, path=path, keys=", ".join(keys or []), example=tell("command.office_example"))


def render_public(desk: Desk, office: Office) -> str:
    """One language's page as HTML, its style within."""
    values: dict[str, Any] = {
        "lang": HTML_LANG[desk.language],
        "style": (HERE / "assets" / "public.css").read_text(encoding="utf-8"),
        "office": office,
        "progress": build_progress(desk),
        "said": build_said(desk),
        "wave": wave_name(desk, desk.wave) if desk.waves else "",
        "release": desk.release,
        "anonymous": all(row["anonymous"] for row in desk.rows("pub_wave")),
    }
    return desk.html("public.html", **values)


def build_progress(desk: Desk) -> list[tuple[str, int | None]]:
    """Wave, newest first → about how many answered, as far as it is published."""
    indicators = build_indicators(desk, "city")
    held: dict[str, int] = {}
    for indicator in indicators:
        for windows in build_series(desk, "city", indicator.code).values():
            for wave, window in windows.items():
                held[wave] = max(held.get(wave, 0), window.r_about or 0)
    return [(wave_name(desk, wave), held.get(wave) or None) for wave in reversed(desk.waves)]


def build_said(desk: Desk) -> list[tuple[str, Window]]:
    """Indicators of the city that are published in this wave, in the release's order."""
    found = []
    for indicator in build_indicators(desk, "city") if desk.waves else []:
        for windows in build_series(desk, "city", indicator.code).values():
            window = windows.get(desk.wave)
            if window is not None and window.is_shown and window.share_lo is not None:
                found.append((indicator.name, window))
    return found
