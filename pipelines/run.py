"""One wave through the line: stage → score → estimate → release, with a manifest of what went in and came out."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import has_table
from pipelines.microdata import open_microdata
from pipelines.policy import Policy, load_policy
from pipelines.problems import CannotDo
from pipelines.release.pointer import current_release
from pipelines.release.signs import load_rules
from pipelines.release.stage import Released, release_wave
from pipelines.release.store import list_release_ids
from pipelines.reported import core_school_wave_reported, counts_file
from pipelines.settings import REFERENCE, settings
from pipelines.stage import wave_row

STAGES = ("stage", "score", "estimate", "release")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunReport:
    """What `anxin run --json` prints."""

    wave: str
    engine: str
    responses: int
    classes: int
    signals: int
    release: str | None
    skipped: bool
    seconds: dict[str, float]
    peak_mb: int | None
    audit: dict[str, Any] | None
    coverage: dict[str, int] | None = None  # share of the enrolled who handed in, classes without a conclusion

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def run_wave(
    wave: str, engine: str = "duckdb", progress: Progress | None = None, casework: Path | None = None
) -> RunReport:
    """Run a loaded wave through all stages. With unchanged inputs and a release in place nothing is done.

    casework: the file of schools' own counts, if not the home's.
    Raises CannotDo when a stage fails; what was released before stays, and so does the last manifest.
    """
    policy, counts = load_policy(settings().home / "policy.yml"), counts_file(casework)
    with open_microdata() as connection:
        inputs = read_inputs(connection, wave, policy, engine) | {"casework": file_hash(counts) if counts else None}
        last = read_manifest(wave)
        if last and last["inputs"] == inputs and last["report"]["release"] in list_release_ids():
            return RunReport(**{**last["report"], "skipped": True, "seconds": {}, "peak_mb": peak_mb()})
        core_school_wave_reported(connection, wave, counts)
        report = run_stages(connection, wave, engine, policy, progress or (lambda stage: None))
    write_manifest(wave, inputs, report)
    return report


def run_stages(
    connection: duckdb.DuckDBPyConnection, wave: str, engine: str, policy: Policy, progress: Progress
) -> RunReport:
    """Every stage in order, each timed."""
    from pipelines.estimate import estimate_wave
    from pipelines.score import score_wave
    from pipelines.stage import stg_submission

    seconds: dict[str, float] = {}
    steps: dict[str, Callable[[], Any]] = {
        "stage": lambda: stg_submission(connection, wave),
        "score": lambda: score_wave(connection, wave, engine),
        "estimate": lambda: estimate_wave(connection, wave),
        "release": lambda: release_wave(connection, wave, policy, load_rules()),
    }
    results: dict[str, Any] = {}
    for stage in STAGES:
        progress(stage)
        started = time.perf_counter()
        results[stage] = run_step(stage, steps[stage])
        seconds[stage] = round(time.perf_counter() - started, 3)
    made: Released = results["release"]
    return RunReport(
        wave=wave,
        engine=engine,
        responses=count_responses(connection, wave),
        classes=made.record["classes"],
        signals=made.record["signals"],
        release=made.release_id,
        skipped=False,
        seconds=seconds,
        peak_mb=peak_mb(),
        audit=made.record["audit"],
        coverage=made.record["coverage"],
    )


def run_step(stage: str, step: Callable[[], Any]) -> Any:
    """The step's result; a fault of disk or database becomes a CannotDo that names the stage."""
    try:
        return step()
    except (duckdb.Error, OSError) as error:
        kind = "the disk is full" if "No space left" in str(error) else type(error).__name__
        raise CannotDo(
            f"stage {stage} could not be finished: {kind}",
            next_step="the last release is untouched; free space or mend the cause, then run again",
        ) from error


def count_responses(connection: duckdb.DuckDBPyConnection, wave: str) -> int:
    """Accepted submissions of the wave, blanks included."""
    row = connection.execute(
        "SELECT coalesce(sum(submitted), 0)::BIGINT FROM core_class_wave_response WHERE wave = ?", [wave]
    ).fetchone()
    return int(row[0]) if row else 0


def read_inputs(connection: duckdb.DuckDBPyConnection, wave: str, policy: Policy, engine: str) -> dict[str, Any]:
    """All that the outcome depends on, as hashes and versions: equal inputs give an equal release."""
    row = wave_row(connection, wave)
    return {
        "loads": content_loaded(connection, wave, "raw_load"),
        "apart": content_loaded(connection, wave, "raw_apart_load"),
        "snapshot": row["snapshot_id"],
        "instrument": hashlib.sha256(str(row["instrument_json"]).encode()).hexdigest(),
        "policy": policy.version,
        "reference": {path.name: file_hash(path) for path in sorted(REFERENCE.glob("*.yml"))},
        "earlier": [name for name in list_release_ids() if name.rsplit(".", 1)[0] < wave],
        "engine": engine,
        "anxin": version("anxin"),
    }


def content_loaded(connection: duckdb.DuckDBPyConnection, wave: str, table: str) -> list[str]:
    """Hashes of what was loaded into the wave, in an order of their own."""
    if not has_table(connection, "main", table):
        return []
    rows = connection.execute(f"SELECT content_hash FROM {table} WHERE wave = ? ORDER BY ALL", [wave]).fetchall()
    return [content for (content,) in rows]


def file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest_path(wave: str) -> Path:
    return settings().confidential / "runs" / f"{wave}.json"


def read_manifest(wave: str) -> dict[str, Any] | None:
    """The manifest of the wave's last finished run."""
    path = manifest_path(wave)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() and current_release() else None


def write_manifest(wave: str, inputs: dict[str, Any], report: RunReport) -> None:
    path = manifest_path(wave)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"inputs": inputs, "report": report.as_json()}, indent=1), encoding="utf-8")
    part.replace(path)


def peak_mb() -> int | None:
    """Peak resident memory of this process in MB; None where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
