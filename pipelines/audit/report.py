"""`audit_release`: all checks and the attack on one published release, from the files alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.audit.city import build_city
from pipelines.audit.derived import check_derived
from pipelines.audit.faults import Fault
from pipelines.audit.left import Attacked, answers_of, build_figures, fault_of, thin_cells, tightest
from pipelines.audit.likeness import check_likeness
from pipelines.audit.links import Links, find_instrument, links_of
from pipelines.audit.propagation import propagate
from pipelines.audit.published import Published, is_older, read_release_files
from pipelines.audit.recut import check_cuts, uncut_waves
from pipelines.audit.rule import check_record, read_policy
from pipelines.audit.said import Said, by_own_policy, read_said
from pipelines.audit.sample import (
    ONE_IN,
    Checked,
    friends_candidates,
    place_unknowns,
    sample_seats,
    settle,
    solve_sample,
    solve_where_short,
)
from pipelines.audit.scope import check_scope
from pipelines.audit.values import check_values
from pipelines.policy import Policy
from pipelines.problems import BadInput, Where
from pipelines.rules import load_rules

INSIDER_CANDIDATES = 2


@dataclass(frozen=True)
class AuditReport:
    """What `anxin release audit --json` prints.

    insider: `forced` counts cells in which four friends leave one candidate. uncut: waves whose cuts another version of
    the house's policy made, so that they couldn't be worked out anew; all else of them was attacked.
    """

    release: str
    releases: tuple[str, ...]
    passed: bool
    tables: tuple[Attacked, ...]
    solver: dict[str, int]
    insider: dict[str, int | None]
    faults: tuple[Fault, ...]
    seconds: float
    uncut: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def audit_release(folder: Path, instrument: Path | None = None, one_in: int = ONE_IN) -> AuditReport:
    """Audit the release in `folder`, attacked together with all releases beside it. Raises BadInput for no release."""
    return audit_published(read_all(folder), instrument, one_in)


def read_all(folder: Path) -> list[Published]:
    """The release, and after it those that lie beside it in the order in which they were made."""
    if not folder.is_dir():
        raise BadInput("there is no such release", where=Where(str(folder)), next_step="see `anxin release list`")
    others = sorted(path for path in folder.parent.iterdir() if (path / "manifest.json").exists() and path != folder)
    found = sorted(
        (read_release_files(path, look_inside=False) for path in others), key=lambda one: str(one.manifest.get("made"))
    )
    return [read_release_files(folder), *found]


def audit_published(
    releases: Sequence[Published], instrument: Path | None, one_in: int, links: Mapping[str, Links] | None = None
) -> AuditReport:
    """Audit the first of the releases; `links` by wave, read off the questionnaires where they aren't given."""
    started = time.perf_counter()
    published = releases[0]
    policies = {one.release: read_policy(str(one.manifest.get("policy", ""))) for one in releases}
    policy = policies[published.release]
    faults = [
        *published.faults,
        *check_scope(published),
        *check_record(published, policy),
        *([] if is_older(published.manifest) else check_values(published, policy)),  # other rules, other values
    ]
    faults += [] if faults else [*check_derived(published, policy), *check_likeness(published, policy)]
    tables: tuple[Attacked, ...] = ()
    solver: dict[str, int] = {}
    insider: dict[str, int | None] = {}
    uncut: tuple[str, ...] = ()
    if not faults:  # tables that break their contract can't be read as what they are not
        in_order = sorted(releases, key=lambda one: str(one.manifest.get("made")))
        wordings = by_own_policy(read_said(in_order, policies), published, policy)
        tables, solver, insider, faults = attack(wordings, links, instrument, policy, one_in)
        faults, uncut = faults + check_cuts(wordings, load_rules()), uncut_waves(wordings)
    return AuditReport(
        release=published.release,
        releases=tuple(sorted(one.release for one in releases)),
        passed=not faults,
        tables=tables,
        solver=solver,
        insider=insider,
        faults=tuple(faults),
        seconds=round(time.perf_counter() - started, 3),
        uncut=uncut,
    )


def attack(
    wordings: Sequence[Said],
    links: Mapping[str, Links] | None,
    instrument: Path | None,
    policy: Policy,
    one_in: int,
) -> tuple[tuple[Attacked, ...], dict[str, int], dict[str, int | None], list[Fault]]:
    """Passes over everything, the solver over a sample, four friends in some classes."""
    links = links if links is not None else {said.wave: read_links(said, instrument) for said in wordings}
    program = build_city(wordings, links).program()
    try:
        bounds = propagate(program)
        families = {wave: found.families() for wave, found in links.items()}
        known = settle(place_unknowns(program, bounds, wordings, families))
        checked = solve_sample(known, one_in)
        more = solve_where_short(known, checked)
        told = friends_candidates(known, sample_seats(wordings))
    except ArithmeticError as error:
        return (), {}, {}, [Fault("", "", "", f"the attack could not be finished ({error})")]
    low, high = tightest(known.program, [*checked, *more])
    wanted = policy.count("audit.outsider_candidates")
    answers = answers_of(program, wordings)
    faults = thin_cells(program, low, high, answers, wanted) + [
        fault_of(name, f"four friends leave {left} candidate") for name, left in told if left < INSIDER_CANDIDATES
    ]
    solver = {
        "sampled": len(checked),
        "equal": sum(one.is_equal for one in checked),
        "proved": sum(one.solved.is_proved for one in checked),
    }
    insider: dict[str, int | None] = {
        "stories": len(told),
        "min_candidates": min((left for _, left in told), default=None),
        "forced": sum(left < INSIDER_CANDIDATES for _, left in told),
    }
    return build_figures(program, low, high, answers, wanted), solver, insider, faults


def solve_published(folder: Path, wave: str, instrument: Path | None = None, one_in: int = ONE_IN) -> list[Checked]:
    """The solver's ranges of a fixed sample of one wave's cells, beside the passes' bounds; from the files alone."""
    published = read_release_files(folder, look_inside=False)
    said = read_said([published], {published.release: read_policy(str(published.manifest["policy"]))})
    wordings = [one for one in said if one.wave == wave]
    links = {one.wave: read_links(one, instrument) for one in wordings}
    program = build_city(wordings, links).program()
    families = {name: found.families() for name, found in links.items()}
    return solve_sample(settle(place_unknowns(program, propagate(program), wordings, families)), one_in)


def read_links(said: Said, instrument: Path | None) -> Links:
    return links_of(find_instrument(str(said.tables["pub_wave"]["instrument_hash"].iloc[0]), instrument))
