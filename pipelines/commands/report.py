"""`anxin report`: the files that the dashboard's buttons build, from the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.output import Json, show

if TYPE_CHECKING:
    from dashboard.viewer import Viewer

WHO = "command line"
KINDS = "term | annual | incident | followup | case | card | patrol | inspection"


def report(
    out: Annotated[Path, typer.Option("--out", help="File to write: .docx, .pdf or .xlsx; whole or not at all.")],
    kind: Annotated[str, typer.Option("--kind", help=KINDS)],
    school: Annotated[str, typer.Option("--school", help="School id; every kind.")] = "",
    district: Annotated[str, typer.Option("--district", help="District id; term or annual.")] = "",
    bureau: Annotated[bool, typer.Option("--bureau", help="The whole city; term or annual.")] = False,
    wave: Annotated[str, typer.Option("--wave", help="Wave id, e.g. 2026-2; the release's own if left out.")] = "",
    year: Annotated[str, typer.Option("--year", help="Year of an annual report, e.g. 2026.")] = "",
    case: Annotated[str, typer.Option("--case", help="Reference number of a case or an incident, 2026-0007.")] = "",
    grade: Annotated[str, typer.Option("--grade", help="A card for one grade, by its id, e.g. S0001:g7.")] = "",
    number: Annotated[str, typer.Option("--number", help="Inspection list: how many schools; 5 if left out.")] = "",
    seed: Annotated[str, typer.Option("--seed", help="Inspection list: the seed that was shown.")] = "",
    people: Annotated[int, typer.Option("--people", help="Patrol sheet: people on patrol at once.")] = 2,
    slots: Annotated[int, typer.Option("--slots", help="Patrol sheet: times of the day.")] = 2,
    as_of: Annotated[
        str, typer.Option("--as-of", help="Count up to this day, e.g. 2026-12-30; today if left out.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write a report as docx, pdf or xlsx; ANXIN_LANG chooses its language. The export is noted in the access log."""
    from pipelines.words import say

    viewer = choose_viewer(school, district, bureau)
    given = {"wave": wave, "year": year, "grade": grade, "case": case, "incident": case, "n": number, "seed": seed}
    asked = {name: value for name, value in given.items() if value}
    asked |= {"people": str(people), "slots": str(slots), "format": out.suffix.removeprefix(".")}
    gaps = write_report(kind, viewer, asked, read_day(as_of), out)
    document: dict[str, Any] = {"file": str(out), "kind": kind, "gaps": gaps}
    show(document, as_json, [say("report.written", **document)])


def choose_viewer(school: str, district: str, bureau: bool) -> Viewer:
    """The role whose button would make this report; BadInput unless exactly one of the three is named."""
    from dashboard.viewer import Viewer, check_scope
    from pipelines.problems import BadInput
    from pipelines.words import say

    roles = [("counselor", school)] * bool(school) + [("district", district)] * bool(district)
    roles += [("bureau", "")] * bureau
    if len(roles) != 1:
        raise BadInput(say("report.whose"), next_step=say("report.whose_step"))
    try:
        check_scope(*roles[0])
    except ValueError:
        raise BadInput(say("report.not_an_id"), next_step=say("report.whose_step")) from None
    return Viewer(WHO, *roles[0])


def read_day(text: str) -> date | None:
    """A day, or None for today; BadInput for anything else."""
    from pipelines.problems import BadInput
    from pipelines.words import say

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(say("report.no_day"), next_step=say("report.no_day_step")) from None


def write_report(kind: str, viewer: Viewer, asked: dict[str, str], as_of: date | None, out: Path) -> int:
    """Build, note the export, write whole; the number of gaps left to be written. No file without its entry."""
    from dashboard import accesslog
    from dashboard.casework.problems import CaseworkGone
    from dashboard.exports import NotForYou
    from dashboard.reports.build import KINDS, about_of, build_report, check_format, render_report
    from dashboard.reports.pdf import CannotPrint
    from pipelines.files.whole import write_whole
    from pipelines.problems import BadInput, CannotDo
    from pipelines.words import say, spoken_language

    if kind == "inspection" and not asked.get("seed"):
        raise BadInput(say("report.no_seed"), next_step=say("report.no_seed_step"))
    if kind not in KINDS:
        raise BadInput(say("report.no_kind"), next_step=say("report.no_kind_step", kinds=", ".join(KINDS)))
    try:
        form = check_format(kind, asked["format"])
        made = build_report(kind, viewer, spoken_language(), asked, as_of)
        content = render_report(made, form)
        accesslog.note(viewer, "export", about_of(kind, viewer, asked))
    except NotForYou as refused:
        raise BadInput(say(f"report.{refused}"), next_step=say(f"report.{refused}_step")) from None
    except CaseworkGone as gone:
        raise CannotDo(say(f"casework.gone.{gone.code}"), next_step=say(f"casework.gone_step.{gone.code}")) from None
    except CannotPrint as fault:
        raise CannotDo(str(fault), next_step=say("report.cannot_print_step")) from None
    except accesslog.LogGone:
        raise CannotDo(say("report.no_log"), next_step=say("report.no_log_step")) from None
    with write_whole(out) as file:
        file.write(content)
    return len(made.gaps)
