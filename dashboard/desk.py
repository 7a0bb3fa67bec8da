"""What one rerun works with: who looks, in which language, at which release. Views get it and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard import published
from dashboard.look import Palette, palette
from dashboard.published import Row
from dashboard.render import render
from dashboard.viewer import Viewer
from dashboard.words import say


@dataclass(frozen=True)
class Desk:
    """A viewer before a release. `rows` reads the viewer's own file; there is no other way to data."""

    viewer: Viewer
    language: str
    release: str
    dark: bool = False

    def rows(self, table: str, /, **asked: object) -> Sequence[Row]:
        """Rows of a released table; those whose columns hold what is asked."""
        return published.read_rows(self.viewer, self.release, table, **asked)

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
        return tuple(sorted(row["wave"] for row in self.rows("pub_wave")))

    @property
    def wave(self) -> str:
        """The wave this release was made for, or the last one the file holds."""
        as_of = str(self.rows("pub_release")[0]["as_of_wave"])
        return as_of if as_of in self.waves else self.waves[-1]

    def label(self, kind: str, code: str) -> str:
        """The released word for a code; the code itself if the release has none."""
        return self.local_label(kind, code, "") or code

    def local_label(self, kind: str, code: str, school: str) -> str | None:
        """A school's own word for a code, where it has one."""
        found = self.rows("pub_label", lang=self.language, kind=kind, code=code, school_id=school)
        return found[-1]["text"] if found else None
