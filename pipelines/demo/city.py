"""The demo's past: waves that were simulated, loaded and released."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def fill_city(home: Path, state: dict[str, Any]) -> Iterator[str]:
    """Simulate, import, load and run what is not there yet; one line per step."""
    from pipelines.load import load_file
    from pipelines.progress import bar, steps
    from pipelines.registry import import_registry
    from pipelines.run import STAGES, run_wave
    from pipelines.simulate import wave_ids, write_city

    city = home / "city"
    names = wave_ids(state["waves"])
    if not all((city / f"responses-{wave}.parquet").exists() for wave in names):
        with bar("simulate") as progress:
            report = write_city(city, state["schools"], state["waves"], state["seed"], "default", progress)
        yield f"simulated  {report.schools} schools, {report.classes} classes, {report.students} students"
    import_registry(city)
    for wave in names:
        with bar(f"load {wave}") as progress:
            loaded = load_file(city / f"responses-{wave}.parquet", wave, progress=progress)
            load_file(city / f"apart-{wave}.parquet", wave, progress=progress)
        with steps(STAGES) as step:
            made = run_wave(wave, progress=step)
        yield (
            f"{wave}     read {loaded.read} = accepted {loaded.accepted} + rejected {loaded.rejected};"
            f" {made.signals} warning signs in {made.classes} classes; release {made.release}"
        )
        sys.stderr.flush()
