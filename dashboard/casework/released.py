"""What a release asks a school to look at, read from the school's own file as its counselor would read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard import published
from dashboard.casework.lookback import DIRECTION
from dashboard.published import Row
from dashboard.viewer import Viewer

SIGNS = ("urgent", "warning", "watch")
# No conclusion asks for an explanation only where a sitting went wrong; a class too small for one is nobody's fault.
ASKS = ("low_response", "over_response", "not_surveyed")
UNITS = (("class", "pub_class_wave_signal", "class_id"), ("school", "pub_school_pool_signal", "school_id"))


@dataclass(frozen=True)
class Signal:
    """The state of one unit in one wave as released. `turn` is rose, stayed, fell, or "" where nothing compares."""

    school_id: str
    wave: str
    unit_kind: str
    unit_id: str
    rule_id: str
    level: str
    kind: str
    turn: str

    @property
    def sign_id(self) -> str:
        return f"{self.wave}.{self.unit_kind}.{self.unit_id}"

    @property
    def is_sign(self) -> bool:
        return self.rule_id != ""


@dataclass(frozen=True)
class School:
    """A school as the release names it."""

    school_id: str
    name: str
    district_id: str


@dataclass(frozen=True)
class Release:
    """All signals of a release's own wave, and the schools it names."""

    name: str
    wave: str
    schools: tuple[School, ...]
    signals: tuple[Signal, ...]


def read_release(name: str) -> Release:
    """Every school's signals of the wave that the release was made for; a school without a file has none."""
    bureau = Viewer("anxin", "bureau", "")
    wave = str(published.read_rows(bureau, name, "pub_release")[0]["as_of_wave"])
    mine = sorted(
        published.read_rows(bureau, name, "pub_unit", unit_kind="school", wave=wave), key=lambda row: row["unit_id"]
    )
    schools = tuple(School(row["unit_id"], row["name"] or row["unit_id"], _text(row["parent_id"])) for row in mine)
    return Release(name, wave, schools, tuple(signal for one in schools for signal in _signals(one, name, wave)))


def _signals(one: School, release: str, wave: str) -> Iterator[Signal]:
    counselor = Viewer("anxin", "counselor", one.school_id)
    for unit_kind, table, key in UNITS:
        try:
            own = published.read_rows(counselor, release, table, wave=wave, school_id=one.school_id)
        except published.NothingPublishedError:
            return
        for row in own:
            yield _signal(row, unit_kind, str(row[key]))


def _signal(row: Row, unit_kind: str, unit_id: str) -> Signal:
    level, kind, rule = str(row["level"]), "", ""
    if level in SIGNS:
        kind, rule = _text(row["kind"]), _text(row["rule_id"])
    elif level == "no_conclusion" and _text(row.get("reason")) in ASKS:
        rule = "no_conclusion"
    turn = DIRECTION.get(_text(row.get("trend")), "")
    return Signal(str(row["school_id"]), str(row["wave"]), unit_kind, unit_id, rule, level, kind, turn)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
