"""The pointer: a text file that names the release readers see."""

from __future__ import annotations

import os

from pipelines.settings import settings


def current_release() -> str | None:
    """Id of the release that readers see, or None before the first."""
    pointer = settings().published / "current"
    return pointer.read_text(encoding="utf-8").strip() if pointer.exists() else None


def point_to(release_id: str) -> None:
    """Move the pointer in one step, durably."""
    part = settings().published / ".current.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(release_id + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(settings().published / "current")
