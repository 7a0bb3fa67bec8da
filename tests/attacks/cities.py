"""Published small cities for the attacks, with the truth at hand, and a forger who knows the formats."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipelines.audit.city import build_city
from pipelines.audit.links import Links
from pipelines.audit.program import Program
from pipelines.audit.published import Published, read_release_files, table_content
from pipelines.audit.report import AuditReport, audit_published, read_all
from pipelines.audit.rule import read_policy
from pipelines.audit.said import Said, read_said
from pipelines.audit.unknown import Unknown
from pipelines.contracts import load_contracts
from pipelines.policy import load_policy
from pipelines.release.apart import apart_levels
from pipelines.release.cube import Cube
from pipelines.release.gate import Release, release
from pipelines.release.publish import publish
from pipelines.release.signs import load_rules
from pipelines.release.store import merge_waves
from pipelines.release.tree import build_levels
from pipelines.settings import settings

POLICY = load_policy()


def publish_cubes(home: Path, cubes: Sequence[Cube]) -> list[Path]:
    """Each cube released after the ones before it and published under `home`; returns the releases' folders."""
    made: list[Release] = []
    folders = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANXIN_HOME", str(home))
        settings.cache_clear()
        for cube in cubes:
            made.append(release(cube, made, POLICY, load_rules()))
            number = sum(one.wave == cube.wave for one in made)
            folders.append(publish(merge_waves(made), f"{cube.wave}.{number}", made[-1].record))
    settings.cache_clear()
    return folders


def links_of_cube(cube: Cube) -> Links:
    """What the cube's questionnaire tells."""
    within = {(fact.code, whole) for fact in cube.indicators for whole in fact.within}
    unions = tuple((fact.code, fact.covered_by) for fact in cube.indicators if fact.covered_by)
    within |= {(part, whole) for whole, parts in unions for part in parts}
    return Links(tuple(sorted(within)), unions, ())


def audit(folder: Path, cube: Cube, one_in: int = 50) -> AuditReport:
    releases = read_all(folder)
    waves = {str(one.manifest["wave"]) for one in releases}
    return audit_published(releases, None, one_in, dict.fromkeys(waves, links_of_cube(cube)))


def attacker_of(folders: Sequence[Path], cube: Cube) -> tuple[Program, list[Said]]:
    """The program an attacker with these releases writes down."""
    releases: list[Published] = [read_release_files(folder, look_inside=False) for folder in folders]
    wordings = read_said(releases, {one.release: read_policy(one.manifest["policy"]) for one in releases})
    links = links_of_cube(cube)
    return build_city(wordings, {said.wave: links for said in wordings}).program(), wordings


def truths(cube: Cube) -> dict[tuple[str, str, tuple[str, ...]], int]:
    """(kind, unit, cell) → the hidden count."""
    found = {}
    codes = [fact.code for fact in cube.indicators]
    for level in build_levels(cube, POLICY):
        for unit, counts in zip(level.ids, level.count, strict=True):
            found |= {(level.kind, unit, ("indicator", code)): int(n) for code, n in zip(codes, counts, strict=True)}
    units = zip(
        build_levels(cube, POLICY)[0].parent, cube.classes["school_id"], cube.place, cube.place_time, strict=True
    )
    grades = build_levels(cube, POLICY)[1].ids
    for grade, school, place, cells in units:
        for unit in (("grade", grades[grade]), ("school", school)):
            for (measure, group), count in np.ndenumerate(place):
                name = (*unit, ("place", cube.measures[measure], cube.place_groups[group]))
                found[name] = found.get(name, 0) + int(count)
            for (group, time), count in np.ndenumerate(cells):
                name = (*unit, ("place_time", cube.place_groups[group], cube.time_groups[time]))
                found[name] = found.get(name, 0) + int(count)
    if cube.apart is not None:
        options = [fact.code for fact in cube.apart.options]
        for level in apart_levels(cube, cube.apart, POLICY)[1:]:
            for unit, counts in zip(level.ids, level.count, strict=True):
                kind = level.kind.removeprefix("apart_")
                found |= {(kind, unit, ("apart", code)): int(n) for code, n in zip(options, counts, strict=True)}
    return found


def truth_of(name: Unknown, truth: dict[tuple[str, str, tuple[str, ...]], int]) -> int:
    return truth[name.kind, name.unit, name.cell]


def forge(folder: Path, audience: str, statements: Sequence[str], own_manifest: bool = True) -> None:
    """Change one audience's file; a forger with `own_manifest` writes the file afresh and mends the manifest too."""
    path = folder / f"{audience}.duckdb"
    if not own_manifest:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    fresh = folder.parent / "forged.duckdb"
    fresh.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
        connection.execute("COPY FROM DATABASE old TO memory")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"ATTACH '{fresh}' AS new")
        connection.execute("COPY FROM DATABASE memory TO new")
    shutil.move(fresh, path)
    mend_manifest(folder, audience)


def mend_manifest(folder: Path, audience: str) -> None:
    """The manifest's rows and hash of one file, as they are now."""
    from hashlib import sha256

    with duckdb.connect(str(folder / f"{audience}.duckdb"), read_only=True) as connection:
        contents = {name: table_content(connection, name) for name in load_contracts("pub_")}
    text = "\n".join(f"{name}:{digest}" for name, (_, digest) in contents.items())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = {name: count for name, (count, _) in contents.items()}
    manifest["files"][audience] = {"content": sha256(text.encode()).hexdigest(), "rows": rows}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
