"""`anxin load`: a file of answers through reading, checking and keeping. All of it is stored, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace as changed
from pathlib import Path

import duckdb

from pipelines.contracts import quoted
from pipelines.files.disk import disk_faults
from pipelines.files.read import open_source
from pipelines.files.row_checks import RowCheck, violations
from pipelines.load import store
from pipelines.load.apart import is_apart, load_apart
from pipelines.load.checks import rows_of_classes, submission_checks
from pipelines.load.evidence import Evidence, gather
from pipelines.load.expectations import Verdict, validate
from pipelines.load.incoming import clear_blanks, content_hashes, incoming
from pipelines.load.job import Job, LoadReport, Progress, prepare
from pipelines.load.limits import MAX_GROUP_VALUES, policy_value
from pipelines.load.quality import write_page
from pipelines.load.rejects import write_rejects
from pipelines.load.store import WaveCount
from pipelines.microdata import open_microdata, transaction
from pipelines.microdata.rest import sweep_files
from pipelines.problems import BadInput, CannotDo, Where
from pipelines.settings import settings
from pipelines.words import say

STEPS = 5  # read, row checks, expectations, store, page


def load_file(
    file: Path,
    wave: str | None,
    mapping: Path | None = None,
    instrument: Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load a file of answers into a wave (with a mapping's wave column: into each, or only into `wave`).

    A file of answers kept apart is known by its columns; its wave's sheets come first. BadInput refuses the file,
    CannotDo holds it; both leave what was stored before as it was. `replace` starts the wave anew.
    `progress(steps done, steps in all)` is told how far it is.
    """
    told = progress or (lambda done, steps: None)
    if mapping is None and is_apart(source := open_source(Path(file))):
        with disk_faults(source.path.name), open_microdata() as connection:
            return load_apart(connection, source, wave, replace, told)
    job = prepare(Path(file), wave, mapping, instrument, replace, told)
    with disk_faults(job.source.path.name), open_microdata() as connection:
        return run_load(connection, job)


def run_load(connection: duckdb.DuckDBPyConnection, job: Job) -> LoadReport:
    """Read, check, hold or keep."""
    job.progress(0, STEPS)
    snapshot = find_snapshot(connection, job)
    incoming(connection, job.source, job.plan, job.instrument, job.wave)
    check_content(connection, job)
    blanks = clear_blanks(connection, job.instrument)
    job.progress(1, STEPS)
    checks = submission_checks(job.plan, job.instrument)
    violations(connection, checks, rows_of_classes(snapshot))
    counts = count_waves(connection, job)
    for count in counts:
        check_same_wave(connection, job, count.wave, snapshot)
    if counts and all(count.already for count in counts):
        return report_of(counts, (say("load.already"),))
    job.progress(2, STEPS)
    return judge(connection, job, snapshot, checks, counts, blanks)


def find_snapshot(connection: duckdb.DuckDBPyConnection, job: Job) -> str | None:
    """The class list the wave was loaded with, else the latest; None for a survey without classes."""
    if job.plan.units == "none":
        return None
    before = store.wave_row(connection, job.wave) if job.wave and not job.replace else None
    snapshot = before.snapshot_id if before else store.latest_snapshot(connection)
    if snapshot is None:
        raise BadInput(say("load.no_registry"), next_step=say("load.no_registry_step"))
    return snapshot


def check_same_wave(connection: duckdb.DuckDBPyConnection, job: Job, wave: str, snapshot: str | None) -> None:
    """BadInput where a wave already holds answers to another instrument, other groups, or by another class list."""
    before = None if job.replace else store.wave_row(connection, wave)
    if before is None:
        return
    where = Where(job.source.path.name)
    if (before.instrument_hash, before.groups) != (job.instrument.hash, ",".join(job.plan.groups)):
        rule = say("load.other_instrument", wave=wave, instrument=before.instrument_id)
        raise BadInput(rule, where=where, next_step=say("load.other_instrument_step"))
    if before.snapshot_id != snapshot:
        raise BadInput(say("load.other_list", wave=wave), where=where, next_step=say("load.other_list_step", wave=wave))


def check_content(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """BadInput: no rows at all, or a group with so many values that it may tell people apart."""
    if not _number(connection, "SELECT count(*) FROM incoming") and not job.source.unreadable:
        raise BadInput(say("file.no_rows"), where=Where(job.source.path.name), next_step=say("file.export_again"))
    for name, origin in job.plan.groups.items():
        if _number(connection, f"SELECT count(DISTINCT {quoted(name)}) FROM incoming") > MAX_GROUP_VALUES:
            where = Where(job.plan.file, column=origin.column)
            rule = say("mapping.many_groups", limit=MAX_GROUP_VALUES)
            raise BadInput(rule, where=where, next_step=say("mapping.many_groups_step"))


def count_waves(connection: duckdb.DuckDBPyConnection, job: Job) -> list[WaveCount]:
    """Per wave of the file: rows read, accepted, rejected, and whether the same rows were loaded before.

    Rows of no wave (unreadable lines, a wave that isn't one) are counted with the first wave.
    """
    names = ["class_id", "weight", "take_part", "too_fast", *job.instrument.columns, *job.plan.groups]
    hashes = content_hashes(connection, names, job.instrument.hash)
    bad = '"#row" IN (SELECT "#row" FROM violations)'
    query = f"SELECT wave, count(*), count(*) FILTER ({bad}) FROM incoming GROUP BY wave ORDER BY wave"
    found, strays = [], len(job.source.unreadable)
    for wave, read, rejected in connection.execute(query).fetchall():
        if wave is None or not re.match(job.plan.wave_pattern, wave):
            strays += read
            continue
        count = WaveCount(wave, hashes[wave][:12], hashes[wave], read, read - rejected, rejected)
        before = None if job.replace else store.loaded_before(connection, wave, hashes[wave])
        found.append(before or count)
    if not found:
        found = [WaveCount(job.wave or "", "0" * 12, "0" * 64, 0, 0, 0)]
    first = found[0]
    if not first.already:
        found[0] = changed(first, read=first.read + strays, rejected=first.rejected + strays)
    return found


def judge(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    snapshot: str | None,
    checks: Sequence[RowCheck],
    counts: list[WaveCount],
    blanks: int,
) -> LoadReport:
    """Let the expectations speak; keep the rows, or hold the load with its reject file and quality page."""
    new = [count for count in counts if not count.already]
    name = f"{new[0].wave if len(counts) == 1 else 'several'}-{new[0].load_id}"
    reject_file = write_rejects(connection, name, job, checks)
    evidence = gather(connection, job, snapshot, checks, new)
    verdicts = validate(evidence.frames, evidence.suites)
    job.progress(3, STEPS)
    reasons = held_reasons(new, verdicts)
    page = settings().confidential / "quality" / f"{name}.html"
    part = write_page(page, job.source.path.name, counts, evidence, verdicts, reasons)
    if reasons:
        part.replace(page)
        where = Where(job.source.path.name)
        raise CannotDo(
            " ".join(reasons), where=where, next_step=say("load.held_step", rejects=reject_file or "–", page=page)
        )
    try:
        keep(connection, job, snapshot, new)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(page)
    job.progress(STEPS, STEPS)
    return report_of(counts, warnings_of(job, evidence, verdicts, blanks), reject_file, page, evidence.dropped)


def held_reasons(counts: Sequence[WaveCount], verdicts: Sequence[Verdict]) -> list[str]:
    """Why the load must not be kept; empty where it may."""
    read, rejected = sum(c.read for c in counts), sum(c.rejected for c in counts)
    limit, found = policy_value("load.reject_limit"), []
    if rejected > limit * read:
        found.append(say("load.held_rejects", rejected=rejected, read=read, limit=f"{limit:.0%}"))
    broken = [v for v in verdicts if v.severity == "critical" and v.outcome == "could_not_run"]
    failed = [v for v in verdicts if v.severity == "critical" and v.outcome == "not_met" and v.frame != "violations"]
    if failed:
        found.append(say("load.held_critical", count=len(failed), first=failed[0].place))
    if broken:
        found.append(say("load.held_broken", count=len(broken), first=broken[0].place))
    return found


def keep(connection: duckdb.DuckDBPyConnection, job: Job, snapshot: str | None, counts: Sequence[WaveCount]) -> None:
    """Store every wave of the file in one transaction."""
    with transaction(connection):
        for count in counts:
            if job.replace:
                store.drop_wave(connection, count.wave)
            store.store_wave(connection, count, job.plan, job.instrument, snapshot, job.source.path.name)
            if job.beside:
                job.beside(connection, count.wave)
    sweep_files(connection)


def warnings_of(job: Job, evidence: Evidence, verdicts: Sequence[Verdict], blanks: int) -> tuple[str, ...]:
    """What the operator should know although the load was kept."""
    found = []
    if evidence.over:
        names = ", ".join(evidence.over[:5]) + (" …" if len(evidence.over) > 5 else "")
        found.append(say("load.over_enrolled", count=len(evidence.over), classes=names))
    if blanks:
        found.append(say("load.blanks", count=blanks))
    if job.plan.file:
        found.append(say("load.not_anonymous"))
    if evidence.dropped:
        found.append(say("load.dropped", columns=", ".join(evidence.dropped)))
    if job.plan.not_in_file:
        found.append(say("load.not_in_file", columns=", ".join(job.plan.not_in_file)))
    shown = [v for v in verdicts if v.outcome != "met"]
    if shown:
        found.append(say("load.see_page", count=len(shown)))
    return tuple(found)


def report_of(
    counts: Sequence[WaveCount],
    warnings: tuple[str, ...],
    reject_file: Path | None = None,
    page: Path | None = None,
    dropped: tuple[str, ...] = (),
) -> LoadReport:
    read, accepted, rejected = (sum(getattr(c, name) for c in counts) for name in ("read", "accepted", "rejected"))
    return LoadReport(
        wave=",".join(count.wave for count in counts),
        read=read,
        accepted=accepted,
        rejected=rejected,
        reject_file=reject_file,
        already=all(count.already for count in counts),
        warnings=warnings,
        quality_page=page,
        waves=tuple(counts),
        dropped=dropped,
    )


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
