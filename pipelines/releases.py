"""What was released, read back from the manifests."""

from __future__ import annotations

import json
from typing import Any

from pipelines.problems import BadInput, Where
from pipelines.release.pointer import current_release, point_to
from pipelines.settings import settings


def list_releases() -> list[dict[str, Any]]:
    """Every release in the order in which it was made: release, made, wave, signals, current."""
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in settings().published.glob("*/manifest.json")]
    keys = ("release", "made", "wave", "signals")
    current = current_release()
    rows = [
        {key: manifest[key] for key in keys} | {"current": manifest["release"] == current} for manifest in manifests
    ]
    return sorted(rows, key=lambda row: (row["made"], row["release"]))


def read_release(release: str) -> dict[str, Any]:
    """The manifest of one release; raises BadInput where there is none of that name."""
    names = [entry["release"] for entry in list_releases()]
    if release not in names:
        raise BadInput(
            f"there is no release {release}",
            where=Where(str(settings().published)),
            next_step="choose one of: " + (", ".join(names) or "none yet; run `anxin run --wave …` first"),
        )
    return json.loads((settings().published / release / "manifest.json").read_text(encoding="utf-8"))


def point_to_newest() -> str:
    """Let readers see the release that was made last; returns its id. Raises BadInput where there is none."""
    releases = list_releases()
    if not releases:
        raise BadInput("nothing was released yet", where=Where(str(settings().published)))
    newest = str(releases[-1]["release"])
    point_to(newest)
    return newest
