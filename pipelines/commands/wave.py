"""`anxin wave`: a wave from its opening to its end on the survey host."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.output import Json, in_columns, plain, show

app = typer.Typer(
    help="一个学期的调查：开放、进度、结束、清除 · A wave: open, watch, close, wipe", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="Wave id, e.g. 2026-1.")]


@app.command("open")
def wave_open(
    wave: Name,
    key: Annotated[Path, typer.Option("--key", help="Public file that anxin key new wrote.")],
    opens: Annotated[str, typer.Option("--opens", help="First day, e.g. 2026-05-11.")],
    closes: Annotated[str, typer.Option("--closes", help="Last day.")],
    as_json: Json = False,
) -> None:
    """Open a wave over the class list imported last; every school needs contacts, one of them outside."""
    from pipelines.waves.opening import start_wave
    from pipelines.words import say

    report = start_wave(wave, key, read_day(opens), read_day(closes))
    document = plain(report)
    lines = [say("wave.opened", **document)]
    show(document, as_json, lines + ([say("wave.left_out", count=report.left_out)] if report.left_out else []))


@app.command("status")
def wave_status(
    wave: Annotated[str | None, typer.Argument(help="Wave id; all waves without one.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Published folder: coverage files go beneath it.")] = None,
    as_json: Json = False,
) -> None:
    """How far the classes are, without counts, and which to call to a second sitting."""
    from pipelines.waves.coverage import write_coverage
    from pipelines.waves.status import list_status
    from pipelines.words import say

    found = list_status(wave)
    files = [write_coverage(status, out) for status in found if out and status.meters]
    document = {"waves": [describe(status) for status in found], "files": sum(map(len, files))}
    lines = [line for status in found for line in status_lines(status)]
    show(document, as_json, lines or [say("wave.none_yet")])


def describe(status: Any) -> dict[str, Any]:
    """A wave's status as a machine may read it."""
    called = [{"school_id": m.school_id, "class_id": m.class_id, "state": m.state} for m in status.to_call]
    return {
        "wave": status.wave,
        "state": status.state,
        "opens": str(status.opens),
        "closes": str(status.closes),
        "classes": status.classes,
        "to_call": called,
    }


def status_lines(status: Any) -> list[str]:
    from pipelines.words import say

    state = say(f"wave.state.{status.state}")
    if status.state != "open":
        return [say("wave.status_over", wave=status.wave, state=state)]
    whole: dict[str, str] = {m.school_id: m.school_name for m in status.to_call if m.school_id in status.silent_schools}
    lines = [say("wave.status", wave=status.wave, state=state, **status.classes)]
    rows = [(name, school, "", say("wave.meter.not_begun")) for school, name in whole.items()]
    single = [m for m in status.to_call if m.school_id not in whole]
    rows += [(m.school_name, m.class_id, m.class_name, say(f"wave.meter.{m.state}")) for m in single]
    return lines + in_columns(rows, "  ")


@app.command("close")
def wave_close(
    wave: Name,
    out: Annotated[Path, typer.Option("--out", help="Bundle to write: ciphertext only.")],
    proctor: Annotated[
        Path | None, typer.Option("--proctor", help="csv of class_id, handed_out, left_over, absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take no more sheets, and write the bundle for the analysis host."""
    from pipelines.waves.closing import finish_wave
    from pipelines.words import say

    report = finish_wave(wave, out, proctor)
    key = "wave.closed_before" if report.unchanged else "wave.closed_anew" if report.again else "wave.closed"
    lines = [say(key, wave=wave, bundle=out, sheets=report.sheets, apart=report.apart, digest=report.digest[:16])]
    lines += [
        say(f"wave.slips_{one.kind}", class_id=one.class_id, slips=one.slips, beside=one.beside)
        for one in report.differences
    ]
    lines += [say("wave.slips_step")] if report.differences else []
    show(plain(report), as_json, lines)


@app.command("wipe")
def wave_wipe(
    wave: Name,
    receipt: Annotated[Path, typer.Option("--receipt", help="Signed receipt of the last bundle.")],
    as_json: Json = False,
) -> None:
    """Destroy a wave's codes and envelopes here, against the receipt, and look for leftovers."""
    from pipelines.waves.wiping import forget_wave
    from pipelines.words import say

    proof = forget_wave(wave, receipt)
    document = plain(proof)
    lines = [say("wave.wiped", **document)]
    lines += [say(f"wave.beyond.{place}") for place in proof.beyond_reach]
    show(document, as_json, lines)


def read_day(text: str) -> date:
    """A day as 2026-05-11; BadInput for anything else."""
    from pipelines.problems import BadInput
    from pipelines.words import say

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(say("wave.no_day"), next_step=say("wave.dates_step")) from None
