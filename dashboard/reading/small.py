"""Whether a school reads its results as one unit, and what its page says of it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.desk import Desk
from dashboard.reading.coverage import Coverage, build_class_coverage, build_school_coverage
from dashboard.reading.pool import Pool, build_pool
from dashboard.reading.series import build_series
from dashboard.reading.signs import ClassState, build_states
from dashboard.reading.units import build_units
from dashboard.reading.windows import Window

# Enrolled. These choose words only: what is shown and what is not was decided by the release.
SMALL = 100  # most classes and grades stay hidden
ALONE = 30  # the school itself rolls up into its cluster
# Of one wave: beside a pool, what it doesn't say; without one, the headlines too. And a few of the cluster.
BESIDE = ("any", "told_none", "trust", "belonging")
ALONG = ("frequent", "still_now", "witness", "unsafe", *BESIDE)
OF_CLUSTER = ("frequent", "witness", "unsafe", "trust")


@dataclass(frozen=True)
class SmallSchool:
    """A small school's one page. `cluster` is (name, windows); its name is empty where it only has an id."""

    name: str
    coverage: Coverage | None
    classes: tuple[tuple[Coverage | None, ClassState], ...]
    pool: Pool | None
    once: dict[str, Window]
    cluster_name: str
    cluster: dict[str, Window]

    @property
    def says_once(self) -> bool:
        """Whether this wave alone says anything of the school."""
        return any(window.is_shown for window in self.once.values())


def is_small(desk: Desk) -> bool:
    """Whether this counselor's school is read as one unit."""
    if desk.viewer.role != "counselor" or not desk.waves:
        return False
    school = build_units(desk, "school").get(desk.viewer.scope)
    return bool(school and school.enrolled is not None and school.enrolled < SMALL) or has_pool(desk)


def has_pool(desk: Desk) -> bool:
    pool = build_pool(desk, desk.viewer.scope)
    return pool is not None and pool.waves[1] == desk.wave


def build_small(desk: Desk) -> SmallSchool:
    """Everything the page says, from the school's own file."""
    scope = desk.viewer.scope
    school = build_units(desk, "school").get(scope)
    covered = {held.unit.id: held for held in build_class_coverage(desk).get(scope, [])}
    pool = build_pool(desk, scope)
    cluster = build_units(desk, "cluster").get(school.cluster) if school else None
    return SmallSchool(
        name=school.name if school else scope,
        coverage=next((held for held in build_school_coverage(desk) if held.unit.id == scope), None),
        classes=tuple((covered.get(state.id), state) for state in build_states(desk)),
        pool=pool,
        once=build_once(desk, "school", scope, BESIDE if pool else ALONG),
        cluster_name=cluster.name if cluster and cluster.name != cluster.id else "",
        cluster=build_once(desk, "cluster", school.cluster if school else "", OF_CLUSTER),
    )


def build_once(desk: Desk, kind: str, unit: str, codes: tuple[str, ...]) -> dict[str, Window]:
    """Indicator → window of a unit in this wave, in the order asked for; those without a row are absent."""
    held = {code: build_series(desk, kind, code).get(unit, {}).get(desk.wave) for code in codes}
    return {code: window for code, window in held.items() if window is not None}
