"""What one rerun works with: who looks, in which language, at which release. Views get it and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dashboard import published
from dashboard.look import Palette, palette
from dashboard.render import render
from dashboard.viewer import Viewer
from dashboard.words import say


@dataclass(frozen=True)
class Desk:
    """A viewer before a release. `table` reads the viewer's own file; there is no other way to data."""

    viewer: Viewer
    language: str
    release: str
    dark: bool = False

    def table(self, name: str) -> pd.DataFrame:
        return published.read_table(self.viewer, self.release, name)

    def has(self, name: str) -> bool:
        """Whether this release knows such a table; an older one may not."""
        return published.has_table(self.viewer, self.release, name)

    def t(self, key: str, **values: Any) -> str:
        return say(self.language, key, **values)

    def html(self, template: str, **values: Any) -> str:
        return render(template, self.language, **values)

    @property
    def look(self) -> Palette:
        return palette(self.dark)

    @cached_property
    def waves(self) -> tuple[str, ...]:
        """Waves of this file, oldest first."""
        return tuple(sorted(self.table("pub_wave")["wave"]))

    @property
    def wave(self) -> str:
        """The wave this release was made for, or the last one the file holds."""
        as_of = str(self.table("pub_release")["as_of_wave"].iloc[0])
        return as_of if as_of in self.waves else self.waves[-1]

    @cached_property
    def labels(self) -> dict[tuple[str, str, str], str]:
        """Released words: (kind, code, school or "") → text."""
        frame = self.table("pub_label")
        mine = frame[frame["lang"] == self.language]
        return dict(zip(zip(mine["kind"], mine["code"], mine["school_id"], strict=True), mine["text"], strict=True))

    def label(self, kind: str, code: str) -> str:
        """The released word for a code; the code itself if the release has none."""
        return self.labels.get((kind, code, ""), code)
