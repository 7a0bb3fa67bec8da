"""What follows from a release: gaps, letters of credibility, patrol sheets. The last tables to be made of a wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipelines.policy import Policy
from pipelines.release.credibility import (
    pub_class_wave_credibility,
    pub_school_wave_credibility,
    sheet_parts,
)
from pipelines.release.cube import Cube
from pipelines.release.gaps import pub_school_wave_gap
from pipelines.release.made import Release
from pipelines.release.patrol import pub_school_wave_patrol
from pipelines.release.scales import pub_city_wave_scale


def with_told(made: Release, cube: Cube, same_wave: Sequence[Release], policy: Policy) -> Release:
    """The release with the tables that follow from its own; `same_wave`: earlier releases of the wave, first first."""
    tables, said = dict(made.tables), [earlier.tables for earlier in same_wave]
    classes, schools = sheet_parts(cube, policy)
    tables["pub_school_wave_gap"] = pub_school_wave_gap(cube, tables, policy)
    tables["pub_class_wave_credibility"] = pub_class_wave_credibility(cube, tables, classes, said)
    tables["pub_school_wave_credibility"] = pub_school_wave_credibility(tables, schools, said, policy)
    tables["pub_school_wave_patrol"] = pub_school_wave_patrol(tables, policy)
    tables["pub_city_wave_scale"] = pub_city_wave_scale(cube, policy)
    return replace(made, tables=tables)
