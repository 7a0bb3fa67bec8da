"""`anxin bench gate`: what the gate costs in seconds, memory and loss, beside a plain release of the same city.

Each measurement is a process of its own: `python -m pipelines.bench.gate JOB …` prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.bench.rows import Row, document, row_of
from pipelines.problems import CannotDo

SCHOOLS = 200
WAVES = ("2024-2", "2025-1", "2025-2", "2026-1")
LEAST_KEPT = 15  # a class with this many answers should keep a band
TURNS = 5
Result = dict[str, Any]
AUDITED = {  # figures of the release's own audit → unit
    "min_candidates": "counts", "min_candidates_insider": "counts", "forced": "cells", "withheld": "tables",
    "solver_cells": "cells", "solver_equal_share": "share",
}  # fmt: skip


def run_gate(schools: int = SCHOOLS) -> dict[str, Any]:
    """All rows as a document {bench, machine, rows}; the last of four waves is measured."""
    with tempfile.TemporaryDirectory(prefix="anxin-bench-") as folder:
        home = Path(folder)
        job(home / "city", "prepare", str(schools), *WAVES)
        releases = [job(home / "city", "release", wave) for wave in WAVES]
        loss = job(home / "city", "loss", WAVES[-1])
        detect = job(home / "city", "detect", WAVES[-1])
        naive = job(home / "city", "naive", WAVES[-1])
        job(home / "school", "prepare", "1", WAVES[-1])
        alone = job(home / "school", "alone", WAVES[-1])
    last, back = releases[-1], naive["recovered"]
    rows = [
        row_of("attack_s", [last["attack_s"]], "s", "naive_attack_s", naive["seconds"]),
        row_of("naive_attack_s", [naive["seconds"]], "s"),
        row_of("solver_s", [last["solver_s"]], "s"),
        row_of("cube_to_files_s", [last["release_s"]], "s"),
        row_of("cube_to_files_cpu_s", [last["cpu_s"]], "s"),
        row_of("peak_mb", [max(result["peak_mb"] for result in releases)], "MB"),
        row_of("one_school_s", alone["seconds"], "s"),
        row_of("one_school_cpu_s", alone["cpu"], "s"),
        row_of("one_school_peak_mb", [alone["peak_mb"]], "MB"),
        row_of("gate_recovered", [last["recovered"]], "share", "naive_recovered", back),
        row_of("naive_recovered", [back], "share"),
        *compared_rows(detect["shares"]),
    ]
    rows += [Row(name, last[name], unit) for name, unit in AUDITED.items()]
    return document("gate", rows + [Row(name, value, unit) for name, value, unit in loss["rows"]])


def compared_rows(shares: dict[str, float]) -> list[Row]:
    """Each share of the gate's beside the naive release's, where that has one."""
    found = []
    for name, share in shares.items():
        other = f"naive_{name}"
        found.append(row_of(name, [share], "share", *((other, shares[other]) if other in shares else ())))
    return found


def job(home: Path, name: str, *rest: str) -> Result:
    """One measurement in a process of its own, with a home of its own."""
    home.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "pipelines.bench.gate", name, *rest]
    done = subprocess.run(words, env={**os.environ, "ANXIN_HOME": str(home)}, capture_output=True, text=True)
    if done.returncode:
        raise CannotDo(f"a measured command failed: {name}", next_step=done.stderr.strip()[-600:])
    found: Result = json.loads(done.stdout.splitlines()[-1])
    return found


def job_prepare(schools: str, *waves: str) -> Result:
    """Class list and counts of a made-up city, in every wave drawn anew."""
    from pipelines.bench.counted import make_counted
    from pipelines.microdata import open_microdata
    from pipelines.policy import load_policy
    from survey.instrument import load_instrument

    with open_microdata() as connection:
        make_counted(connection, load_instrument(), load_policy(), waves, int(schools))
    return {"waves": len(waves)}


def job_release(wave: str) -> Result:
    """Counts in, audience files out: seconds of all that, of attack and solver in it, and what these found."""
    from pipelines.microdata import open_microdata
    from pipelines.policy import load_policy
    from pipelines.release.signs import load_rules
    from pipelines.release.stage import release_wave

    with open_microdata() as connection:
        started, cpu = time.perf_counter(), time.process_time()
        record = release_wave(connection, wave, load_policy(), load_rules()).record
        seconds = {"release_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    audit, solver = record["audit"], record["solver"]
    return seconds | {
        "attack_s": audit["seconds"],
        "solver_s": solver["seconds"],
        "recovered": audit["recovered"] / max(1, audit["protected"]),
        "min_candidates": audit["min_candidates"],
        "min_candidates_insider": audit["min_candidates_insider"],
        "forced": audit["forced"],
        "withheld": len(record["withheld"]),
        "solver_cells": solver["sampled"],
        "solver_equal_share": solver["equal"] / max(1, solver["sampled"]),
    }


def job_detect(wave: str) -> Result:
    """Share of the planted outbreaks, and of other classes, that are noticed.

    `over_cut`: by one plain rule, the class's count against the cut of its size and band. It reads what is released:
    rounded answers, the rate in whole points, shown bands only; `naive_over_cut` reads the same of the naive release,
    which tells answers, rates and every count from five on exactly. `signed`: the sign of any rule as released;
    the same classes are planted in every wave, and history takes their level for what is usual there.
    """
    from pipelines.bench.counted import planted_classes
    from pipelines.microdata import open_microdata
    from pipelines.policy import load_policy
    from pipelines.release.counts import read_cube
    from pipelines.release.store import read_joint

    policy, tables = load_policy(), read_joint(f"{wave}.1").tables
    with open_microdata() as connection:
        cube = read_cube(connection, wave)
    ids, carrying = cube.classes["class_id"], cube.position()["frequent"]
    planted = ids.isin(planted_classes(cube.schools["school_id"])).to_numpy()
    signals = tables["pub_class_wave_signal"].set_index("class_id").reindex(ids)
    bands = tables["pub_class_wave_indicator"].query("indicator == 'frequent'").set_index("class_id")["band"]
    base = tables["pub_band_wave_base"].query("indicator == 'frequent'").set_index("band")["rate"]
    r, yes, band = cube.classes["r"].to_numpy(), cube.yes[:, carrying], cube.classes["band"]
    points = band.map(base).astype("float64").fillna(100 * band.map(policy.reference_rate)).to_numpy() / 100
    shown = bands.reindex(ids).notna().to_numpy()
    exact = cube.classes.assign(yes=yes).groupby("band")[["yes", "r"]].transform("sum")
    noticed = {
        "over_cut": shown & over_cut(yes, signals["r_about"].fillna(0).to_numpy("int64"), points, policy),
        "naive_over_cut": over_cut(yes, r, (exact["yes"] / exact["r"]).to_numpy(), policy),
        "signed": signals["level"].isin(["watch", "warning", "urgent"]).to_numpy(),
    }
    found = {f"{name}_outbreaks": float(classes[planted].mean()) for name, classes in noticed.items()}
    return {"shares": found | {f"{name}_others": float(classes[~planted].mean()) for name, classes in noticed.items()}}


def over_cut(yes: Any, r: Any, rate: Any, policy: Any) -> Any:
    """(classes,): the count is one that an ordinary class of this size and rate rarely reaches."""
    from models.cuts import signal_cut

    cut = signal_cut(r, rate, policy["class_signal.class_sd"], policy["class_signal.false_alarm.carrying"])
    return yes >= cut.clip(policy.count("class_signal.first_cut_min"))


def job_loss(wave: str) -> Result:
    """What is left to read: classes that keep a band, and the widths of windows."""
    from pipelines.release.store import read_joint

    tables, r = read_joint(f"{wave}.1").tables, class_answers(wave)
    bands = tables["pub_class_wave_indicator"]
    bands = bands[bands["class_id"].map(r) >= LEAST_KEPT]
    kept = bands["band"].notna().groupby(bands["indicator"]).mean()
    rows = [(f"kept_bands_share_{code}", float(share), "share") for code, share in kept.items()]
    for kind in ("grade", "school"):
        windows = tables[f"pub_{kind}_wave_indicator"].dropna(subset=["lo"])
        width = (windows["hi"] - windows["lo"] + 1).astype(int)
        rows.append((f"median_window_{kind}", float(statistics.median(width)), "students"))
    return {"rows": rows}


def class_answers(wave: str) -> dict[str, int]:
    """Opened answers of each class."""
    from pipelines.microdata import open_microdata
    from pipelines.release.counts import read_cube

    with open_microdata() as connection:
        classes = read_cube(connection, wave).classes
    return {str(unit): int(r) for unit, r in zip(classes["class_id"], classes["r"], strict=True)}


def job_naive(wave: str) -> Result:
    """The same counts, small cells hidden, attacked by the same passes: share of blank cells given back."""
    from pipelines.bench.naive import blank_and_recovered, hide_small_cells
    from pipelines.microdata import open_microdata
    from pipelines.policy import load_policy
    from pipelines.release.counts import read_cube
    from pipelines.release.tree import build_levels

    with open_microdata() as connection:
        cube = read_cube(connection, wave)
    levels = build_levels(cube, load_policy())
    columns = [column for column, fact in enumerate(cube.indicators) if fact.class_level]
    started, blank, back = time.perf_counter(), 0, 0
    for column in columns:
        counts, answers = ([getattr(level, part)[:, column] for level in levels] for part in ("count", "r"))
        found = blank_and_recovered(hide_small_cells(counts, answers, [level.parent for level in levels[:-1]]))
        blank, back = blank + found[0], back + found[1]
    return {"seconds": time.perf_counter() - started, "recovered": back / max(1, blank)}


def job_alone(wave: str) -> Result:
    """The gate on a city of one school, one wave: cube in, all its tables and the attack's record out, no files."""
    from pipelines.microdata import open_microdata
    from pipelines.policy import load_policy
    from pipelines.release.counts import read_cube
    from pipelines.release.gate import release
    from pipelines.release.signs import load_rules

    job_release(wave)
    policy, rules = load_policy(), load_rules()  # a process reads them once
    with open_microdata() as connection:
        cube = read_cube(connection, wave)
    seconds, cpu = [], []
    for _ in range(TURNS):
        started, used = time.perf_counter(), time.process_time()
        release(cube, [], policy, rules)
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return {"seconds": seconds, "cpu": cpu}


JOBS: dict[str, Callable[..., Result]] = {
    "prepare": job_prepare,
    "release": job_release,
    "detect": job_detect,
    "loss": job_loss,
    "naive": job_naive,
    "alone": job_alone,
}


def main(arguments: list[str]) -> None:
    from pipelines.run import peak_mb

    result = JOBS[arguments[0]](*arguments[1:])
    print(json.dumps({**result, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
