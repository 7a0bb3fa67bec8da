"""The release stage: cube in, audience files out. Whatever fails, the last release stays in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from pipelines.audit.before import check_with_solver
from pipelines.audit.rule import read_policy
from pipelines.policy import Policy
from pipelines.release.counts import read_cube
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.pool import autumn_before
from pipelines.release.pooling import is_pooled
from pipelines.release.publish import publish
from pipelines.release.signs import Rules
from pipelines.release.store import list_release_ids, merge_waves, next_release_id, read_joint, write_joint
from pipelines.stage import wave_row
from survey.instrument import Instrument


@dataclass(frozen=True)
class Released:
    """What the stage made."""

    release_id: str
    record: dict[str, Any]


def release_wave(
    connection: duckdb.DuckDBPyConnection,
    wave: str,
    policy: Policy,
    rules: Rules,
    progress: Callable[[int, int], None] | None = None,
) -> Released:
    """Release one wave: gate, solver, joint copy, files, pointer. Raises CannotDo and leaves the last release."""
    cube = read_cube(connection, wave)
    earlier = [read_joint(name) for name in list_release_ids()]
    made = release(cube, earlier, policy, rules, read_autumn(connection, wave, earlier))
    made = replace(made, record=made.record | {"policies": {one.wave: one.record["policy"] for one in earlier}})
    made = solved(made, earlier, Instrument.from_json(str(wave_row(connection, wave)["instrument_json"])), policy)
    release_id = next_release_id(wave)
    joint = write_joint(made, release_id)
    try:
        publish(merge_waves([*earlier, made]), release_id, made.record, progress)
    except BaseException:
        joint.unlink(missing_ok=True)
        raise
    return Released(release_id, made.record)


def solved(made: Release, earlier: Sequence[Release], instrument: Instrument, policy: Policy) -> Release:
    """The release with the solver's word in its record. Raises CannotDo where that word is no.

    The solver reads what a reader could: every wording of the wave, and of the one that it is pooled with. Where no
    school is pooled, no row joins the two waves, and the other one had its turn when it was released.
    """
    waves = {made.wave, *([made.record["pool"]["with"]] if is_pooled(made) else [])}
    said = [*(one for one in earlier if one.wave in waves), made]
    policies = [read_policy(str(one.record["policy"])) for one in said]
    found = check_with_solver([one.tables for one in said], instrument, policy, policies=policies)
    return replace(made, record=made.record | {"solver": found})


def read_autumn(connection: duckdb.DuckDBPyConnection, wave: str, earlier: list[Release]) -> Cube | None:
    """The counts of the autumn that this wave may be pooled with; None where it wasn't released."""
    autumn = autumn_before(wave)
    return read_cube(connection, autumn) if autumn in {release.wave for release in earlier} else None
